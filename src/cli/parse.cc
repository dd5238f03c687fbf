#include "cli/parse.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "base/edit_distance.h"
#include "cli/flag_values.h"
#include "cli/talk.h"

namespace ptscope::cli {

namespace {

// CLI11's help, with our own usage line.
class HelpText final : public CLI::Formatter {
 public:
  explicit HelpText(std::string usage) : usage_(std::move(usage)) {}
  std::string make_usage(const CLI::App*, std::string) const override {
    return usage_;
  }

 private:
  const std::string usage_;
};

// CLI11 shows the value of a bare flag behind its name.
std::string WithoutDefaults(std::string help) {
  constexpr std::string_view kDefault = "{*} [=GLOB]";
  constexpr std::string_view kShown = "[=GLOB]    ";
  for (size_t at = 0; (at = help.find(kDefault, at)) != help.npos;) {
    help.replace(at, kDefault.size(), kShown);
  }
  return help;
}

// What CLI11 says of a flag without its value, and of one given twice.
std::string InOurWords(std::string words) {
  if (const size_t at = words.find(": 1 required "); at != words.npos) {
    return words.substr(0, at) + " needs a value";
  }
  if (words.find("At Most 1 required") != words.npos) {
    return "a flag that has one value was given twice";
  }
  return words;
}

// A flag that may be given again; each takes one value.
CLI::Option* Repeatable(CLI::App& app, const char* name,
                        std::vector<std::string>& to, const char* help) {
  return app.add_option(name, to, help)->allow_extra_args(false);
}

// "Output format: table, tsv or json"
std::string OneOf(std::string_view what, std::string_view flag) {
  const auto words = ValueWords(flag);
  std::string help = fmt::format("{}: {}", what, words[0]);
  for (size_t i = 1; i < words.size(); ++i) {
    help += fmt::format("{}{}", i + 1 < words.size() ? ", " : " or ", words[i]);
  }
  return help;
}

void AddSelect(CLI::App& app, Options& o) {
  app.add_option("--root", o.root,
                 "The part of the file below PATH (steps joined with dots), or "
                 "`auto`")
      ->option_text("PATH");
  app.add_option("--member", o.member,
                 "Of an archive with checkpoints in it only the one named NAME")
      ->option_text("NAME");
  Repeatable(app, "--match", o.match, "Only names that fit GLOB (repeatable)")
      ->option_text("GLOB");
  Repeatable(app, "--exclude", o.exclude, "No names that fit GLOB (repeatable)")
      ->option_text("GLOB");
}

// Of a comparison of any two sides.
void AddCompare(CLI::App& app, Options& o) {
  app.add_flag("--ignore-dtype", o.ignore_dtype, "Dtypes may differ");
  app.add_option("--strip-prefix", o.strip_prefix,
                 "Take P from the names of the file that begin with it")
      ->option_text("P");
  app.add_option("--add-prefix", o.add_prefix,
                 "Put P before each name of the file")
      ->option_text("P");
  app.add_flag("--auto-prefix", o.auto_prefix,
               "Take or put the one prefix that gives the most matches");
  app.add_option("--manifest-version", o.manifest_version,
                 "The version of a manifest that has several; of check also "
                 "auto: the one that fits best")
      ->option_text("N");
  app.add_flag("--show-ok", o.show_ok, "Show the names that are ok, too");
  app.add_flag("--summary", o.summary, "One line a file: result and counts");
}

void AddCheck(CLI::App& app, Options& o) {
  app.add_option("-m,--manifest", o.manifest,
                 "The reference: a manifest, a list of names, a checkpoint, or "
                 "- for stdin. Without it: what the file tells of itself")
      ->option_text("REF");
  // A bare flag is about all names; it never takes the next word.
  app.add_flag("--allow-extra{*}", o.allow_extra,
               "Names (that fit GLOB) may be there that REF lacks")
      ->option_text("[=GLOB]");
  app.add_flag("--allow-missing{*}", o.allow_missing,
               "Names (that fit GLOB) may be missing")
      ->option_text("[=GLOB]");
  app.add_flag("--strict", o.strict,
               "Rules of REF that have nothing to do fail, too; without REF, "
               "evidence that is only likely");
  app.add_flag("--evidence", o.evidence,
               "With REF, also what the file tells of itself: notes, which "
               "never change the status");
  app.add_option("--config", o.config,
                 "Take the model and the version that this configuration "
                 "names; a bare file name lies beside each FILE")
      ->option_text("CONFIG");
}

void AddManyFiles(CLI::App& app, Options& o, std::string& jobs) {
  app.add_flag("-r,--recursive", o.recursive,
               "Also the files below directories; what is no checkpoint is "
               "skipped");
  Repeatable(app, "--include-file", o.include_file,
             "Of what -r finds, only files that fit GLOB (repeatable)")
      ->option_text("GLOB");
  Repeatable(app, "--exclude-file", o.exclude_file,
             "Of what -r finds, no files that fit GLOB (repeatable)")
      ->option_text("GLOB");
  app.add_option("--files-from", o.files_from,
                 "Also the files named in F, one a line; - for stdin")
      ->option_text("F");
  app.add_flag("-0", o.nul, "The names of --files-from end with a NUL");
  app.add_option("-j", jobs, "Files at a time (1)")->option_text("N");
}

// Values that are checked or translated once all is read.
struct Raw {
  std::string color = "auto";
  std::string sort = "file";
  std::string jobs = "1";
  std::string style = "ptscope";
  std::optional<std::string> depth;
  std::vector<std::string> limits;
};

void AddStyle(CLI::App& app, Raw& raw) {
  app.add_option("--style", raw.style, OneOf("Whose words", "--style"))
      ->option_text("STYLE");
}

void AddFlags(CLI::App& app, const Command& command, Options& o, Raw& raw) {
  const unsigned flags = command.flags;
  app.set_help_flag("-h,--help", "This text");
  app.add_option("files", o.files)->option_text(" ")->group("");
  if (flags & kFormat) {
    app.add_option("--format", o.format, OneOf("Output format", "--format"))
        ->option_text("FORMAT");
  }
  if (flags & kSelect) AddSelect(app, o);
  if (flags & kSort) {
    app.add_option("--sort", raw.sort, OneOf("Order", "--sort"))
        ->option_text("KEY");
  }
  if (flags & kDepth) {
    app.add_option("--depth", raw.depth, "Only modules of N steps or fewer")
        ->option_text("N");
  }
  if (flags & kAll) {
    app.add_flag("--all", o.all,
                 "Also what a state_dict would not hold: attributes, "
                 "non-persistent buffers, parts of subclasses");
  }
  if (flags & kHuman) app.add_flag("--human", o.human, "Sizes as 1.5 GiB");
  if (flags & kRaw) {
    app.add_flag("--raw", o.raw, "A string without its quotes");
  }
  if (flags & kName) {
    app.add_option("--name", o.name, "Name of the model in the manifest")
        ->option_text("NAME");
  }
  if (flags & kCheck) AddCheck(app, o);
  if (flags & kCheck) AddStyle(app, raw);
  if (flags & kCompare) AddCompare(app, o);
  if (flags & kManyFiles) AddManyFiles(app, o, raw.jobs);
  app.add_flag("-q", o.quiet, "Nothing on stdout; errors still on stderr");
  app.add_flag("-v", o.verbose, "On stderr: format, bytes read, time");
  app.add_option("--color", raw.color, OneOf("Colours", "--color"))
      ->option_text("WHEN");
  Repeatable(app, "--max", raw.limits,
             "Raise a limit, as in --max pickle=4294967296 (repeatable)")
      ->option_text("NAME=N");
}

// An empty value is nearly always a shell variable that is not set.
std::string EmptyValue(std::span<char*> args) {
  for (const std::string_view arg : args) {
    if (arg == "--") break;
    if (arg.starts_with("--") && arg.ends_with('=')) {
      return fmt::format("{} has an empty value", Escaped(arg));
    }
  }
  return {};
}

// The same of a value that is a word of its own, where no empty text means
// anything.
std::string EmptyWord(const CLI::App& app, const Options& o) {
  const std::pair<const char*, const std::string&> values[] = {
      {"--config", o.config},
      {"--member", o.member},
      {"--manifest-version", o.manifest_version},
      {"--strip-prefix", o.strip_prefix},
      {"--add-prefix", o.add_prefix}};
  for (const auto& [name, value] : values) {
    const CLI::Option* option = app.get_option_no_throw(name);
    if (option != nullptr && option->count() != 0 && value.empty()) {
      return fmt::format("{} has an empty value", name);
    }
  }
  return {};
}

std::string BadChoice(std::string_view flag, const std::string& value) {
  const auto words = ValueWords(flag);
  if (std::ranges::find(words, value) != words.end()) return {};
  std::string error =
      fmt::format("{} {} is not known: it is one of", flag, Escaped(value));
  for (size_t i = 0; i < words.size(); ++i) {
    error += fmt::format("{} {}", i == 0 ? "" : ",", words[i]);
  }
  return error;
}

// The whole of `text` as a number.
std::optional<uint64_t> Number(std::string_view text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [p, ec] = std::from_chars(text.data(), end, value);
  if (ec != std::errc() || p != end) return {};
  return value;
}

std::string SetLimit(const std::string& text, Limits& limits) {
  const size_t equals = text.find('=');
  if (equals != text.npos) {
    const auto value = Number(std::string_view(text).substr(equals + 1));
    if (value && limits.Set(text.substr(0, equals), *value)) return {};
  }
  std::string names;
  for (const auto name : ValueWords("--max")) names += fmt::format(" {}", name);
  return fmt::format("--max {} is no NAME=N with one of the names{}",
                     Escaped(text), names);
}

// The flags about files: where they need each other, or cannot be together.
std::string CheckFiles(const Command& command, Options& o,
                       const std::string& jobs) {
  if ((command.flags & kOneFileAndPath) && o.files.size() == 2) {
    o.path = std::move(o.files.back());
    o.files.pop_back();
    if (o.path.empty()) return "the PATH is empty";
  }
  constexpr uint64_t kMostJobs = 1024;
  const auto n = Number(jobs);
  if (!n || *n == 0 || *n > kMostJobs) {
    return fmt::format("-j {} is no number from 1 to {}", Escaped(jobs),
                       kMostJobs);
  }
  o.jobs = static_cast<size_t>(*n);
  if (!o.recursive && !o.include_file.empty()) return "--include-file needs -r";
  if (!o.recursive && !o.exclude_file.empty()) return "--exclude-file needs -r";
  if (o.nul && o.files_from.empty()) return "-0 needs --files-from";
  if (o.files_from == "-" && o.manifest == "-") {
    return "-m - and --files-from - cannot both read stdin";
  }
  if (o.files.empty() && o.files_from.empty()) return "no FILE was given";
  if (std::ranges::find(o.files, std::string()) != o.files.end()) {
    return "a FILE is empty";
  }
  if ((command.flags & kTwoFiles) && o.files.size() != 2) {
    return fmt::format("{} takes two files, OLD and NEW", command.name);
  }
  if ((command.flags & kOneFileAndPath) && o.files.size() > 1) {
    return fmt::format("{} takes one FILE and one PATH", command.name);
  }
  if ((command.flags & kOneFile) && o.files.size() > 1) {
    return fmt::format("{} takes one FILE", command.name);
  }
  return {};
}

bool UseColor(const std::string& when) {
  if (when != "auto") return when == "always";
  const char* none = std::getenv("NO_COLOR");
  return (none == nullptr || *none == '\0') && ::isatty(STDOUT_FILENO) != 0;
}

// torch's words are a form of their own.
std::string UseStyle(Options& o, const Raw& raw) {
  o.torch_style = raw.style == "torch";
  if (!o.torch_style) return {};
  if (o.format != "table") return "--style torch has no --format";
  if (o.summary) return "--style torch has no --summary";
  return {};
}

std::string UseDepth(Options& o, const Raw& raw) {
  if (!raw.depth) return {};
  const auto depth = Number(*raw.depth);
  if (!depth || *depth > UINT32_MAX) {
    return fmt::format("--depth {} is no number of steps", Escaped(*raw.depth));
  }
  o.depth = static_cast<uint32_t>(*depth);
  return {};
}

std::string Check(const Command& command, Options& o, const Raw& raw) {
  if (auto e = BadChoice("--format", o.format); !e.empty()) return e;
  if (auto e = BadChoice("--color", raw.color); !e.empty()) return e;
  if (auto e = BadChoice("--sort", raw.sort); !e.empty()) return e;
  if (auto e = BadChoice("--style", raw.style); !e.empty()) return e;
  if (auto e = UseStyle(o, raw); !e.empty()) return e;
  if (auto e = UseDepth(o, raw); !e.empty()) return e;
  for (const std::string& limit : raw.limits) {
    if (auto e = SetLimit(limit, o.limits); !e.empty()) return e;
  }
  o.color = UseColor(raw.color);
  o.sort = raw.sort == "name"   ? Sort::kName
           : raw.sort == "size" ? Sort::kSize
                                : Sort::kFile;
  return CheckFiles(command, o, raw.jobs);
}

// "--fromat is not known; did you mean --format?"
std::string Unknown(const CLI::App& app, const std::string& arg) {
  std::string_view word = arg;
  word = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> words(names.begin(), names.end());
  const std::string_view nearest = NearestWord(word, words);
  std::string error = fmt::format("the flag {} is not known", Escaped(word));
  if (!nearest.empty()) error += fmt::format("; did you mean {}?", nearest);
  return error;
}

}  // namespace

void ShowFlags(const Command& command,
               const std::function<void(const CLI::App&)>& to) {
  Options options;
  Raw raw;
  CLI::App app;
  AddFlags(app, command, options, raw);
  to(app);
}

Parsed Parse(const Command& command, std::span<char*> args) {
  Parsed parsed;
  parsed.options.command = command.name;
  Raw raw;
  CLI::App app{std::string(command.summary),
               fmt::format("ptscope {}", command.name)};
  app.formatter(std::make_shared<HelpText>(
      fmt::format("usage: ptscope {} {}\n", command.name, command.usage)));
  app.footer(fmt::format("example: {}", command.example));
  app.allow_extras();
  AddFlags(app, command, parsed.options, raw);

  parsed.error = EmptyValue(args);
  if (!parsed.error.empty()) return parsed;
  try {
    // What follows `--` is a FILE, whatever it looks like.
    const auto dashes = std::ranges::find(args, std::string_view("--"));
    std::vector<std::string> words(args.begin(), dashes);
    std::ranges::reverse(words);
    app.parse(words);
    const auto extras = app.remaining();
    for (const std::string& extra : extras) {
      if (extra.starts_with('-') && extra != "-") {
        parsed.error = Unknown(app, extra);
        return parsed;
      }
    }
    if (dashes != args.end()) {
      parsed.options.files.insert(parsed.options.files.end(), dashes + 1,
                                  args.end());
    }
  } catch (const CLI::CallForHelp&) {
    parsed.help = WithoutDefaults(app.help());
    return parsed;
  } catch (const CLI::ParseError& error) {
    parsed.error = InOurWords(Escaped(error.what()));
    return parsed;
  }
  if ((command.flags & kCheck) && app.count("-m") != 0 &&
      parsed.options.manifest.empty()) {
    parsed.error = "-m has an empty REF";
    return parsed;
  }
  parsed.error = EmptyWord(app, parsed.options);
  if (!parsed.error.empty()) return parsed;
  if (!parsed.options.config.empty() &&
      !parsed.options.manifest_version.empty()) {
    parsed.error = "--config says which version: leave out --manifest-version";
    return parsed;
  }
  if ((command.flags & kManyFiles) && app.count("--files-from") != 0 &&
      parsed.options.files_from.empty()) {
    parsed.error = "--files-from has an empty F";
    return parsed;
  }
  parsed.error = Check(command, parsed.options, raw);
  return parsed;
}

}  // namespace ptscope::cli
