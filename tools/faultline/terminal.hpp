// What the command line shows: tables, colours, a progress bar. Colours and the bar only where a
// person looks: on a terminal, and never if NO_COLOR is set.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace faultline::terminal {

enum class Tone { plain, strong, good, bad, dim };

/// `text` in colour if standard output shows colours.
std::string tinted(const std::string& text, Tone tone);

/// Rows of cells, aligned: the first column to the left, the others to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) { add(std::move(headings), Tone::strong); }
  void add(std::vector<std::string> cells, Tone tone = Tone::plain);
  /// One cell of the last row in its own tone.
  void tint(std::size_t column, Tone tone);
  std::string text() const;

 private:
  struct Cell {
    std::string text;
    Tone tone;
  };
  std::vector<std::vector<Cell>> rows_;
};

/// A bar on standard error, rewritten in place; silent in a pipe.
class Progress {
 public:
  explicit Progress(std::string label);
  ~Progress();
  void show(double share);

 private:
  std::string label_;
  bool visible_;
  int last_percent_ = -1;
};

// Figures as a person reads them.
std::string milliseconds(double seconds);
std::string percent(double share);
std::string count(double number);

}  // namespace faultline::terminal
