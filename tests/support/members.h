// Archives with checkpoints in them, and what a listing says of one.
#ifndef PTSCOPE_TESTS_SUPPORT_MEMBERS_H_
#define PTSCOPE_TESTS_SUPPORT_MEMBERS_H_

#include <string>
#include <string_view>

#include "ptscope/open.h"
#include "support/torch_pickle.h"
#include "support/zip_builder.h"

namespace ptscope::test {

// A checkpoint of one tensor with four floats.
inline std::string Saved(std::string_view name) {
  ZipBuilder zip;
  zip.Add({.name = "a/data.pkl", .data = Dict({{Str(name), Small()}}) + "."})
      .Add({.name = "a/data/0", .data = std::string(16, '\0')})
      .Add({.name = "a/version", .data = "3\n"});
  return zip.Zip64().Build();
}

// "format: member tensor, …; findings", or the error.
inline std::string MembersText(const Result<Checkpoint>& c) {
  if (!c) return c.error().Text();
  std::string text(c->format);
  text += ':';
  for (const Tensor& t : c->tensors) {
    ((text += ' ') += t.part == kNone ? "-" : c->parts[t.part].name) += ' ';
    (text += t.name) += ',';
  }
  for (const Finding& f : c->findings) (text += "; ") += f.message;
  return text;
}

}  // namespace ptscope::test

#endif  // PTSCOPE_TESTS_SUPPORT_MEMBERS_H_
