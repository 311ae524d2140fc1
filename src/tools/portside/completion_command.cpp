// portside completion SHELL: made from the declared options, so that it cannot fall behind them.

#include <fmt/format.h>

#include <array>

#include "portside/command.h"

namespace portside::tools {
namespace {

constexpr std::array<const char*, 3> kShells = {"bash", "zsh", "fish"};

std::vector<const CLI::App*> commands_of(const CLI::App& root) {
  std::vector<const CLI::App*> commands;
  for (const CLI::App* sub : root.get_subcommands([](const CLI::App*) { return true; }))
    if (!sub->get_group().empty()) commands.push_back(sub);
  return commands;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }
bool takes_file(const CLI::Option& option) {
  return option.get_type_name() == "FILE" || option.get_type_name() == "DIR";
}

// "--driver -d" of each option that takes a file, for the word after it.
std::string file_options(const CLI::App& root) {
  std::string names;
  for (const CLI::App* command : commands_of(root))
    for (const CLI::Option* option : command->get_options()) {
      if (!takes_file(*option) || option->get_positional()) continue;
      for (const std::string& name : option->get_lnames())
        if (("|" + names + "|").find("|--" + name + "|") == std::string::npos)
          names += (names.empty() ? "--" : "|--") + name;
      for (const std::string& name : option->get_snames())
        if (("|" + names + "|").find("|-" + name + "|") == std::string::npos) names += "|-" + name;
    }
  return names;
}

std::string words_of(const CLI::App& app) {
  std::string words;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
  return words;
}

// What stands for the command's first argument, when it is one of a few words.
std::string choices_of(const CLI::App& command) {
  return command.get_name() == "completion" ? fmt::format("{}", fmt::join(kShells, " ")) : "";
}

// Whether the command's own argument is a file.
bool wants_file(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options())
    if (option->get_positional() && takes_file(*option)) return true;
  return false;
}

std::string bash(const CLI::App& root) {
  std::string commands, cases;
  for (const CLI::App* sub : commands_of(root)) {
    commands += sub->get_name() + " ";
    cases += fmt::format("    {}) words=\"{}{}\"; files={} ;;\n", sub->get_name(), words_of(*sub), choices_of(*sub),
                         wants_file(*sub) ? 1 : 0);
  }
  return fmt::format(R"(# portside: completion for bash
_portside() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" command="" words="" files=0 word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -*) ;; *) command="$word"; break ;; esac
  done
  case "$previous" in
    {}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "$command" in
    "") words="{}{}" ;;
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case "$current" in -*) ;; *) [ "$files" = 1 ] && COMPREPLY+=($(compgen -f -- "$current")) ;; esac
}}
complete -o filenames -F _portside portside
)",
                     file_options(root), commands, words_of(root), cases);
}

// Inside single quotes, for zsh's specifications and for fish.
std::string in_quotes(std::string_view text, std::string_view also_escaped = "") {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += "'\\''";
    else if (also_escaped.find(c) != std::string_view::npos) out += std::string("\\") + c;
    else out += c;
  }
  return out + "'";
}

std::string zsh(const CLI::App& root) {
  std::string commands, cases;
  for (const CLI::App* sub : commands_of(root)) {
    commands += "    " + in_quotes(sub->get_name() + ":" + sub->get_description()) + "\n";
    cases += fmt::format("    {})\n      _arguments", sub->get_name());
    for (const CLI::Option* option : sub->get_options()) {
      if (option->get_positional()) continue;
      const std::string about = "[" + option->get_description() + "]";
      const std::string value = !takes_value(*option) ? "" : takes_file(*option) ? ":file:_files" : ":value: ";
      for (const std::string& name : option->get_lnames())
        cases += " \\\n        " + in_quotes("--" + name + about + value);
      for (const std::string& name : option->get_snames())
        cases += " \\\n        " + in_quotes("-" + name + about + value);
    }
    if (wants_file(*sub)) cases += " \\\n        '*:file:_files'";
    if (const std::string choices = choices_of(*sub); !choices.empty())
      cases += " \\\n        '1:shell:(" + choices + ")'";
    cases += " ;;\n";
  }
  return fmt::format(R"(#compdef portside
# portside: completion for zsh
_portside() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="${{words[2]}}"
  shift words
  (( CURRENT-- ))
  case "$command" in
{}  esac
}}
if [ "$funcstack[1]" = _portside ]; then _portside "$@"; else compdef _portside portside; fi
)",
                     commands, cases);
}

std::string fish(const CLI::App& root) {
  std::string out = "# portside: completion for fish\ncomplete -c portside -f\n";
  for (const CLI::App* sub : commands_of(root)) {
    out += fmt::format("complete -c portside -n __fish_use_subcommand -a {} -d {}\n", sub->get_name(),
                       in_quotes(sub->get_description(), "\\"));
    const std::string when = fmt::format("'__fish_seen_subcommand_from {}'", sub->get_name());
    for (const CLI::Option* option : sub->get_options()) {
      if (option->get_positional()) continue;
      std::string names;
      for (const std::string& name : option->get_lnames()) names += " -l " + name;
      for (const std::string& name : option->get_snames()) names += " -s " + name;
      const char* value = !takes_value(*option) ? "" : takes_file(*option) ? " -r -F" : " -x";
      out += fmt::format("complete -c portside -n {}{}{} -d {}\n", when, names, value,
                         in_quotes(option->get_description(), "\\"));
    }
    if (wants_file(*sub)) out += fmt::format("complete -c portside -n {} -F\n", when);
    if (const std::string choices = choices_of(*sub); !choices.empty())
      out += fmt::format("complete -c portside -n {} -a '{}'\n", when, choices);
  }
  return out;
}

}  // namespace

Runner add_completion(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  app.add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>(kShells.begin(), kShells.end())));
  return [shell, &app](const Console& console) {
    const CLI::App& root = *app.get_parent();
    console.product(*shell == "zsh" ? zsh(root) : *shell == "fish" ? fish(root) : bash(root));
    return ExitCode::kClean;
  };
}

}  // namespace portside::tools
