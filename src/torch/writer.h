// Which releases of torch write a file like this one.
//
// A reader says what it saw, each thing with the sort of thing it is; what
// every release writes alike it may say, too:
//
//   WriterEvidence evidence;
//   evidence.Saw(Sign::kContainer, "zip");
//   evidence.Saw(Sign::kRecord, "byteorder");
//   checkpoint.writer = evidence.Conclude();  // torch 2.1 or newer
//
// The table in writer.cc says what is known of each release. A lower bound is
// certain: code that was not there cannot have written it. An upper bound is
// one where every later release writes something else, whatever it is asked.
#ifndef PTSCOPE_TORCH_WRITER_H_
#define PTSCOPE_TORCH_WRITER_H_

#include <bitset>
#include <cstdint>
#include <string_view>

#include "ptscope/checkpoint.h"

namespace ptscope::torch {

enum class Sign : uint8_t {
  kContainer,      // "zip", "legacy", "tar", "DCP", "TorchScript",
                   // "model.json": TorchScript before it, "package", "export"
  kFormatVersion,  // text of the record `version`
  kRecord,         // a record's name within the folder
  kAbsent,         // the records are just those of some release, in its
                   // order, without this one
  kKeys,           // what the storages' keys are: "addresses", "numbers"
  kFolder,         // "named": by torch, and not `archive`
  kGlobal,         // "module.name", as the pickle has it
  kCall,           // a call has arguments that it had not always
  kDtype,          // of a tensor in an untyped storage
  kModuleState,    // an attribute that every nn.Module has
  kAdamOption,     // a key of a parameter group of Adam or AdamW
  kSgdOption,      // of SGD
  kScheduler,      // an attribute of a learning rate scheduler
};

class WriterEvidence {
 public:
  // The file has it. Something that no release is known by is ignored.
  void Saw(Sign sign, std::string_view what);

  // Another program wrote the container, with the content in it.
  void SawOtherProgram() { other_program_ = open_ = true; }
  // Not torch.save wrote it, but maybe another part of torch, or a hand changed
  // it: what torch.save always writes bounds nothing from above.
  void LeaveOpen() { open_ = true; }

  // Nothing, where the signs contradict each other.
  Writer Conclude() const;

 private:
  static constexpr size_t kMostFeatures = 128;

  std::bitset<kMostFeatures> seen_;  // by row of the table
  bool other_program_ = false;
  bool open_ = false;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_WRITER_H_
