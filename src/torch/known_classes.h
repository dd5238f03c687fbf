// Classes and functions of Python and its libraries that show has words for.
#ifndef PTSCOPE_TORCH_KNOWN_CLASSES_H_
#define PTSCOPE_TORCH_KNOWN_CLASSES_H_

#include <cstdint>
#include <vector>

#include "pickle/values.h"

namespace ptscope::torch {

enum class Known : uint8_t {
  kUnresolved,  // not looked up yet
  kNo,
  // Python
  kBytes,
  kByteArray,
  kComplex,
  kGetattr,
  kDate,
  kDateTime,
  kTime,
  kTimeDelta,
  kTimeZone,
  kPosixPath,
  kWindowsPath,
  kDecimal,
  kFraction,
  kUuid,
  kNamespace,  // its attributes are all there is to it
  kDictClass,  // a dict by another name
  // NumPy
  kNumpyDtype,
  kNumpyScalar,
  kNumpyArray,  // numpy.ndarray itself
  kNumpyReconstruct,
  kNumpyFromBuffer,
  // OmegaConf: containers and nodes stand for what is in them
  kOmegaConf,
};

// Looks the globals of one stream up, each once.
class KnownClasses {
 public:
  explicit KnownClasses(const pickle::Values& values)
      : values_(values), known_(values.global_count()) {}

  // kNo for what is no kGlobal.
  Known Of(pickle::Ref global);

 private:
  Known Resolve(uint32_t id) const;

  const pickle::Values& values_;
  std::vector<Known> known_;  // by id of the global
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_KNOWN_CLASSES_H_
