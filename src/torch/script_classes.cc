#include "torch/script_classes.h"

#include <algorithm>

namespace ptscope::torch {

namespace {

constexpr std::string_view kRoot = "__torch__";
// Custom classes, which have no source.
constexpr std::string_view kNative = "__torch__.torch.classes";

// `name` or a name below it.
bool IsIn(std::string_view module, std::string_view name) {
  return module.starts_with(name) &&
         (module.size() == name.size() || module[name.size()] == '.');
}

// The tokens of one line, as far as heads of classes need them.
class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) {}

  // An identifier; empty if there is none.
  std::string_view Word() {
    SkipSpaces();
    size_t n = 0;
    while (n < rest_.size() && IsWordChar(rest_[n])) ++n;
    return Take(n);
  }
  bool Sign(char c) {
    SkipSpaces();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // The inside of a string. torch writes names as they are, so one with a
  // backslash is no name that it wrote.
  std::optional<std::string_view> String() {
    if (!Sign('"')) return std::nullopt;
    const size_t end = rest_.find_first_of("\"\\");
    if (end == rest_.npos || rest_[end] == '\\') return std::nullopt;
    const std::string_view text = Take(end);
    rest_.remove_prefix(1);
    return text;
  }
  bool AtEnd() {
    SkipSpaces();
    return rest_.empty() || rest_[0] == '#';
  }

 private:
  static bool IsWordChar(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_';
  }
  void SkipSpaces() {
    const size_t n = rest_.find_first_not_of(" \t\r");
    rest_.remove_prefix(n == rest_.npos ? rest_.size() : n);
  }
  std::string_view Take(size_t n) {
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }

  std::string_view rest_;
};

// The lines of a text, without their LF.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }
  std::string_view Peek() const { return rest_.substr(0, rest_.find('\n')); }
  void Skip() {
    rest_.remove_prefix(std::min(Peek().size() + 1, rest_.size()));
  }

 private:
  std::string_view rest_;
};

// class NAME(Module): the name, and whether it is a module.
struct Title {
  std::string_view name;
  bool module;
};
std::optional<Title> ReadTitle(std::string_view text) {
  Line line(text);
  if (line.Word() != "class") return std::nullopt;
  Title title{line.Word(), false};
  if (title.name.empty()) return std::nullopt;
  if (line.Sign('(')) {
    title.module = line.Word() == "Module";
    if (!line.Sign(')')) return std::nullopt;
  }
  if (!line.Sign(':')) return std::nullopt;
  return title;
}

// ["a", "b", ]: false if it is anything else.
bool ReadNames(Line& line, Arena& texts, ScriptNames& to) {
  if (!line.Sign('[')) return false;
  while (!line.Sign(']')) {
    const auto name = line.String();
    if (!name) return false;
    to.push_back(texts.Copy(*name));
    if (line.Sign(',')) continue;
    if (!line.Sign(']')) return false;
    break;
  }
  if (!line.AtEnd()) return false;
  std::ranges::sort(to);
  return true;
}

// The lines of a class's body that begin with two underscores, before its
// attributes and methods. False: they are of another form.
bool ReadLists(Lines& lines, Arena& texts, ScriptClass& to) {
  for (; !lines.AtEnd() && lines.Peek().starts_with("  __"); lines.Skip()) {
    Line line(lines.Peek());
    const std::string_view word = line.Word();
    if (word != "__parameters__" && word != "__buffers__") continue;
    auto& names = word == "__parameters__" ? to.parameters : to.buffers;
    if (names || !line.Sign('=')) return false;
    if (!ReadNames(line, texts, names.emplace())) return false;
  }
  return true;
}

}  // namespace

AttributeSort SortOf(const ScriptClass& module, std::string_view attribute) {
  const auto has = [&](const std::optional<ScriptNames>& names) {
    return names && std::ranges::binary_search(*names, attribute);
  };
  if (has(module.parameters)) return AttributeSort::kParameter;
  if (has(module.buffers)) return AttributeSort::kBuffer;
  if (!module.parameters) return AttributeSort::kUnknown;
  return module.buffers ? AttributeSort::kOther : AttributeSort::kBufferOrOther;
}

ScriptClasses::ScriptClasses(const pickle::Values& values)
    : by_global_(values.global_count(), kAbsent) {
  KeyTable modules;
  for (uint32_t id = 0; id < values.global_count(); ++id) {
    const pickle::Global& global = values.GlobalById(id);
    if (!IsIn(global.module, kRoot)) continue;
    const auto index = static_cast<uint32_t>(classes_.size());
    by_global_[id] = index;
    classes_.emplace_back();
    if (IsIn(global.module, kNative)) {
      classes_.back().head.sort = ScriptClass::Sort::kOther;
      continue;
    }
    scratch_.assign(global.module).append("\n").append(global.name);
    by_name_.Insert(texts_.Copy(std::string_view(scratch_)), index);
    if (modules.Insert(global.module, 0) == KeyTable::kAbsent) {
      modules_.push_back(global.module);
    }
  }
}

ScriptClasses::Class* ScriptClasses::Find(std::string_view module,
                                          std::string_view name) {
  scratch_.assign(module).append("\n").append(name);
  const uint32_t index = by_name_.Find(scratch_);
  return index == KeyTable::kAbsent ? nullptr : &classes_[index];
}

void ScriptClasses::ReadSource(std::string_view module,
                               std::string_view source) {
  for (Lines lines(source); !lines.AtEnd();) {
    const std::string_view text = lines.Peek();
    lines.Skip();
    if (!text.starts_with("class ")) continue;
    const auto title = ReadTitle(text);
    if (!title) continue;
    Class* const found = Find(module, title->name);
    if (found == nullptr) continue;
    ScriptClass head;
    head.sort =
        title->module ? ScriptClass::Sort::kModule : ScriptClass::Sort::kOther;
    if (found->seen || !ReadLists(lines, texts_, head)) head = {};
    found->seen = true;
    found->head = std::move(head);
  }
}

}  // namespace ptscope::torch
