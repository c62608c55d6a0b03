#include "terminal.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

namespace faultline::terminal {
namespace {

bool colours() {
  static const bool shown = [] {
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0') &&
           (term == nullptr || std::string(term) != "dumb");
  }();
  return shown;
}

/// Characters, not bytes: continuation bytes of UTF-8 take no room.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

}  // namespace

std::string tinted(const std::string& text, Tone tone) {
  if (!colours() || tone == Tone::plain) return text;
  const char* code = "0";
  switch (tone) {
    case Tone::strong:
      code = "1";
      break;
    case Tone::good:
      code = "32";
      break;
    case Tone::bad:
      code = "31";
      break;
    case Tone::dim:
      code = "2";
      break;
    case Tone::plain:
      break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

void Table::add(std::vector<std::string> cells, Tone tone) {
  std::vector<Cell> row;
  for (std::string& cell : cells) row.push_back({std::move(cell), tone});
  rows_.push_back(std::move(row));
}

void Table::tint(std::size_t column, Tone tone) { rows_.back()[column].tone = tone; }

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width(row[i].text));
    }
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string room(widths[i] - width(row[i].text), ' ');
      const std::string cell = tinted(row[i].text, row[i].tone);
      line += (i == 0 ? "" : "  ") + (i == 0 ? cell + room : room + cell);
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    text += line + "\n";
  }
  return text;
}

Progress::Progress(std::string label)
    : label_(std::move(label)), visible_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (visible_ && last_percent_ >= 0) fmt::print(stderr, "\r\x1b[K");
}

void Progress::show(double share) {
  const int now = static_cast<int>(std::clamp(share, 0.0, 1.0) * 100);
  if (!visible_ || now == last_percent_) return;
  last_percent_ = now;
  constexpr int cells = 30;
  const int full = now * cells / 100;
  fmt::print(stderr, "\r{} [{}{}] {:3d} %", label_,
             std::string(static_cast<std::size_t>(full), '#'),
             std::string(static_cast<std::size_t>(cells - full), '.'), now);
  std::fflush(stderr);
}

std::string milliseconds(double seconds) {
  const double ms = seconds * 1e3;
  if (ms >= 1e5) return fmt::format("{:.0f} s", seconds);
  if (ms >= 100) return fmt::format("{:.0f} ms", ms);
  if (ms >= 10) return fmt::format("{:.1f} ms", ms);
  return fmt::format("{:.2f} ms", ms);
}

std::string percent(double share) {
  const double p = share * 100;
  if (p == 0 || p == 100) return fmt::format("{:.0f} %", p);
  if (p > 99.9 || p < 0.1) return fmt::format("{:.3f} %", p);
  return fmt::format("{:.1f} %", p);
}

std::string count(double number) { return fmt::format("{:.0f}", number); }

}  // namespace faultline::terminal
