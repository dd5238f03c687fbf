// Steps of a tensor's name.
#ifndef PTSCOPE_TORCH_KEYS_H_
#define PTSCOPE_TORCH_KEYS_H_

#include <string>

#include "pickle/values.h"
#include "torch/globals.h"

namespace ptscope::torch {

// Appends what a dict's key contributes to a name: a str as it is, an int in
// decimal, bytes as Latin-1, a bool, None, a float or a tuple as Python prints
// it, a dtype as <torch.float32>, any other object as <module.name> of its
// class.
void AppendKey(std::string& to, pickle::Ref key, const pickle::Values& values,
               Globals& globals);

// A float as Python's repr prints it; one of single precision as NumPy's does.
void AppendFloat(std::string& to, double value);
void AppendFloat(std::string& to, float value);

// The class of a kObject: its callable, or for copyreg._reconstructor what that
// names; "object" where the callable is no class of a name.
std::string ClassName(pickle::Ref ref, const pickle::Values& values,
                      Globals& globals);

// What a value is called where it is not shown: "dict", "int", "ndarray", the
// name of its class.
std::string TypeName(pickle::Ref ref, const pickle::Values& values,
                     Globals& globals);

// A number, a bool, None or a short str as text; empty for anything else.
std::string ShortValue(pickle::Ref ref, const pickle::Values& values,
                       Globals& globals);

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_KEYS_H_
