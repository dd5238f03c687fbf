// 128-bit integers, where products of 64-bit ones are compared.
#ifndef PTSCOPE_BASE_WIDE_H_
#define PTSCOPE_BASE_WIDE_H_

namespace ptscope {

__extension__ typedef unsigned __int128 Wide;

}  // namespace ptscope

#endif  // PTSCOPE_BASE_WIDE_H_
