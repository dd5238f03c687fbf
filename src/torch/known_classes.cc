#include "torch/known_classes.h"

#include "pickle/compat_names.h"

namespace ptscope::torch {

namespace {

struct Row {
  std::string_view module;
  std::string_view name;
  Known known;
};

constexpr Row kRows[] = {
    {"builtins", "bytes", Known::kBytes},
    {"builtins", "bytearray", Known::kByteArray},
    {"builtins", "complex", Known::kComplex},
    {"builtins", "getattr", Known::kGetattr},
    {"datetime", "date", Known::kDate},
    {"datetime", "datetime", Known::kDateTime},
    {"datetime", "time", Known::kTime},
    {"datetime", "timedelta", Known::kTimeDelta},
    {"datetime", "timezone", Known::kTimeZone},
    {"pathlib", "PosixPath", Known::kPosixPath},
    {"pathlib", "PurePosixPath", Known::kPosixPath},
    {"pathlib", "WindowsPath", Known::kWindowsPath},
    {"pathlib", "PureWindowsPath", Known::kWindowsPath},
    {"decimal", "Decimal", Known::kDecimal},
    {"fractions", "Fraction", Known::kFraction},
    {"uuid", "UUID", Known::kUuid},
    {"argparse", "Namespace", Known::kNamespace},
    {"types", "SimpleNamespace", Known::kNamespace},
    {"addict.addict", "Dict", Known::kDictClass},
    {"numpy", "dtype", Known::kNumpyDtype},
    {"numpy", "ndarray", Known::kNumpyArray},
};

// Dict classes of Lightning's packages (their modules move between releases)
// and of yacs, munch and mmcv.
constexpr std::string_view kDictClasses[] = {"AttributeDict", "CfgNode",
                                             "Munch", "ConfigDict"};

struct NumpyRow {
  std::string_view module;  // below numpy.core, in NumPy 2 numpy._core
  std::string_view name;
  Known known;
};

constexpr NumpyRow kNumpyRows[] = {
    {"multiarray", "scalar", Known::kNumpyScalar},
    {"multiarray", "_reconstruct", Known::kNumpyReconstruct},
    {"numeric", "_frombuffer", Known::kNumpyFromBuffer},
};

}  // namespace

Known KnownClasses::Of(pickle::Ref global) {
  if (!values_.Is(global, pickle::Kind::kGlobal)) return Known::kNo;
  Known& known = known_[values_.GlobalIdOf(global)];
  if (known == Known::kUnresolved) known = Resolve(values_.GlobalIdOf(global));
  return known;
}

Known KnownClasses::Resolve(uint32_t id) const {
  const pickle::Global g = pickle::Canonical(values_.GlobalById(id));
  std::string_view module = g.module;
  // CPython 3.13 keeps the classes of pathlib one module deeper.
  if (module == "pathlib._local") module = "pathlib";
  for (const Row& row : kRows) {
    if (g.name == row.name && module == row.module) return row.known;
  }
  if (module.starts_with("omegaconf.")) return Known::kOmegaConf;
  for (const std::string_view name : kDictClasses) {
    if (g.name == name) return Known::kDictClass;
  }
  for (const std::string_view core : {"numpy.core.", "numpy._core."}) {
    if (!module.starts_with(core)) continue;
    for (const NumpyRow& row : kNumpyRows) {
      if (g.name == row.name && module.substr(core.size()) == row.module) {
        return row.known;
      }
    }
  }
  return Known::kNo;
}

}  // namespace ptscope::torch
