// portside man: the manual page in troff, made from the declared options.

#include <fmt/format.h>

#include "portside/command.h"

namespace portside::tools {
namespace {

// Troff reads a leading dot or quote as a request, and a hyphen as typography.
std::string troff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += std::string("\\&") + c;
    else out += c;
  }
  return out;
}

std::string options_of(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* option : app.get_options()) {
    out += fmt::format(".TP\n.B {}\n{}\n",
                       troff(option->get_positional() ? option->get_name(true) : option->get_name(false, true)),
                       troff(option->get_description()));
  }
  return out;
}

}  // namespace

Runner add_man(CLI::App& app) {
  return [&app](const Console& console) {
    const CLI::App& root = *app.get_parent();
    std::string page = fmt::format(
        ".TH PORTSIDE 1 \"\" \"portside {}\" \"User Commands\"\n.SH NAME\nportside \\- run Windows WaveRT audio "
        "drivers in "
        "user space\n.SH SYNOPSIS\n.B portside\n.I COMMAND\n[options]\n.SH DESCRIPTION\n{}\n.SH COMMANDS\n",
        PORTSIDE_VERSION, troff(root.get_description()));
    for (const CLI::App* sub : root.get_subcommands([](const CLI::App*) { return true; })) {
      if (sub->get_group().empty()) continue;
      page += fmt::format(".SS {}\n{}.\n{}", troff(sub->get_name()), troff(sub->get_description()), options_of(*sub));
    }
    page +=
        ".SH EXIT STATUS\n0: clean. 1: the driver broke a rule, bug\\-checked or glitched. 2: bad usage or bad "
        "input.\n";
    console.product(page);
    return ExitCode::kClean;
  };
}

}  // namespace portside::tools
