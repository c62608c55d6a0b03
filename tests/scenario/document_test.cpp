// The located JSON document: places of values and keys, duplicates, limits, overrides.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/scenario/document.hpp>

namespace faultline {
namespace {

/// "line:column" of what stands at a pointer.
std::string place(const Document& document, const std::string& pointer) {
  const Problem problem = document.problem(pointer, "");
  return std::to_string(problem.line) + ":" + std::to_string(problem.column);
}

std::string key_place(const Document& document, const std::string& object, const std::string& key) {
  const Problem problem = document.problem_at_key(object, key, "");
  return std::to_string(problem.line) + ":" + std::to_string(problem.column);
}

/// What is wrong with `text`, or "fine".
std::string fault_of(const std::string& text) {
  try {
    const Document document = Document::parse(text, "x.json");
    return document.problems().empty() ? "fine" : BadInput(document.problems()).what();
  } catch (const BadInput& error) {
    return error.what();
  }
}

std::string fault_of_set(Document& document, const std::string& pointer, const std::string& text) {
  try {
    document.set(pointer, text);
    return "fine";
  } catch (const BadInput& error) {
    return error.what();
  }
}

TEST_CASE("every value and every key has its line and column") {
  const Document document = Document::parse(
      "{\n"
      "  \"a\": 1, \"b\" : [10,20 ,[30],{\"c\":-4e2}],\n"
      "\t\"d\": {\"e\": null,\"f\":true }\n"
      "}\n",
      "x.json");
  CHECK(place(document, "") == "1:1");
  CHECK(place(document, "/a") == "2:8");
  CHECK(key_place(document, "", "a") == "2:3");
  CHECK(place(document, "/b") == "2:17");
  CHECK(key_place(document, "", "b") == "2:11");
  CHECK(place(document, "/b/0") == "2:18");  // numbers right before brackets and commas
  CHECK(place(document, "/b/1") == "2:21");
  CHECK(place(document, "/b/2") == "2:25");
  CHECK(place(document, "/b/2/0") == "2:26");
  CHECK(place(document, "/b/3/c") == "2:35");
  CHECK(place(document, "/d/e") == "3:13");
  CHECK(key_place(document, "/d", "f") == "3:18");
  CHECK(place(document, "/d/f") == "3:22");
}

TEST_CASE("columns count characters, not the bytes of UTF-8") {
  const Document document = Document::parse("{\"größe\": \"日本\", \"b\": 2}", "x.json");
  CHECK(place(document, "/größe") == "1:11");
  CHECK(key_place(document, "", "b") == "1:17");
  CHECK(place(document, "/b") == "1:22");
  const Document marked = Document::parse("\xEF\xBB\xBF{\"a\": 1}", "x.json");
  CHECK(place(marked, "/a") == "1:7");
}

TEST_CASE("pointers are escaped as RFC 6901 has it") {
  // The examples of section 5.
  const Document document = Document::parse(
      R"({"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
          "k\"l": 6, " ": 7, "m~n": 8})",
      "x.json");
  CHECK(place(document, "/foo/0") == "1:10");
  CHECK(place(document, "/") == "1:29");
  CHECK(place(document, "/a~1b") == "1:39");
  CHECK(place(document, "/k\"l") == "2:19");
  CHECK(place(document, "/ ") == "2:27");
  CHECK(place(document, "/m~0n") == "2:37");
  CHECK(pointer_to("/x", "a/b~c") == "/x/a~1b~0c");
  CHECK(steps_of("/a~1b/m~0n/~01") == std::vector<std::string>{"a/b", "m~n", "~1"});
  CHECK(steps_of("") == std::vector<std::string>{});
  CHECK_FALSE(steps_of("a").has_value());
  CHECK_FALSE(steps_of("/~2").has_value());
  CHECK_FALSE(steps_of("/~").has_value());
}

TEST_CASE("what stands nowhere is looked for above") {
  const Document document = Document::parse("{\n \"a\": {\"b\": [1]}}", "x.json");
  CHECK(place(document, "/a/c/d") == "2:7");
  CHECK(place(document, "/a/b/7") == "2:13");
  CHECK(place(document, "/a/b/0/x") == "2:14");
  CHECK(place(document, "/z") == "1:1");
  CHECK(key_place(document, "/a", "c") == "2:7");
}

TEST_CASE("a place within a text is shown, if the text has no escapes") {
  const Document document = Document::parse(R"({"a": "12 + x", "b": "\u0031+ x"})", "x.json");
  CHECK(document.problem("/a", "", 5).column == 13);
  CHECK(document.problem("/a", "", 99).column == 7);
  CHECK(document.problem("/b", "", 3).column == 22);
}

TEST_CASE("strings and numbers are what JSON says") {
  const Document document = Document::parse(
      R"(["\u00e4\ud83d\ude00\n\"\\\/", "é", 0, -0, 9223372036854775807, 18446744073709551615,
          1e3, -2.5E-1, 1e-400])",
      "x.json");
  const Json& root = document.root();
  CHECK(root[0] == "ä😀\n\"\\/");
  CHECK(root[1] == "é");
  CHECK(root[2] == 0);
  CHECK(root[4] == 9223372036854775807);
  CHECK(root[5] == 18446744073709551615U);
  CHECK(root[6] == 1000.0);
  CHECK(root[7] == -0.25);
  CHECK(root[8] == 0.0);
}

TEST_CASE("a key that stands twice is found wherever it is, and the last one counts") {
  const Document document =
      Document::parse("{\"a\": 1, \"b\": [{\"c\": 1, \"c\": 2}],\n \"a\": 3}", "x.json");
  REQUIRE(document.problems().size() == 2);
  CHECK(document.problems()[0].text() ==
        "x.json:1:25: /b/0/c: the key stands twice in this object (keep one of them)");
  CHECK(document.problems()[1].text() ==
        "x.json:2:2: /a: the key stands twice in this object (keep one of them)");
  CHECK(document.root()["a"] == 3);
  CHECK(place(document, "/a") == "2:7");
  CHECK(place(document, "/b/0/c") == "1:30");
}

TEST_CASE("what is not JSON is told with its place and what to do") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "1:1: the file is empty (a scenario is a JSON object)"},
      {" \n", "1:1: the file is empty (a scenario is a JSON object)"},
      {"{\"a\": [1, 2", "1:12: the file ends before the list opened at 1:7 is closed (add ])"},
      {"{\"a\": 1,\n", "2:1: the file ends before the object opened at 1:1 is closed (add })"},
      {"{\"a\":", "1:6: the file ends before the object opened at 1:1 is closed (add })"},
      {"{\"a\": 1]", "1:8: ] cannot close the object opened at 1:1 (close that with })"},
      {"[1}", "1:3: } cannot close the list opened at 1:1 (close that with ])"},
      {"{\"a\": 1,}", "1:8: a comma before a closing bracket (remove it)"},
      {"[1 2]", "1:4: a comma or the closing ] of the list is missing before this"},
      {"[,1]", "1:2: a value is missing before this"},
      {"{\"a\" 1}", "1:6: a colon is missing between the key \"a\" and this"},
      {"{a: 1}", "1:2: a key stands in double quotation marks (\"a\")"},
      {"{1: 1}", "1:2: a key stands in double quotation marks (\"1\")"},
      {"{: 1}", "1:2: a key in double quotation marks is missing before this"},
      {"{} {}", "1:4: something follows the end of the JSON value (remove it)"},
      {"[\"abc]\n", "1:2: the closing quotation mark is missing on this line"},
      {"[\"abc", "1:2: the closing quotation mark is missing on this line"},
      {"[\"a\tb\"]", "1:4: a control character in a text (write \\t for a tab)"},
      {"[\"a\\x\"]", "1:5: an escape that JSON does not have (such as \\n, \\\" or \\u00e4)"},
      {"[\"\xff\"]", "1:3: a byte that is not UTF-8 (save the file as UTF-8)"},
      {"['a']", "1:2: a text stands in double quotation marks"},
      {"[abc]", "1:2: a text stands in double quotation marks (\"abc\")"},
      {"[10ms]", "1:2: a number with a unit stands in quotation marks (\"10ms\")"},
      {"[01]", "1:2: 01 is not a JSON number (such as 0.5, -3 or 2e6)"},
      {"[+1]", "1:2: +1 is not a JSON number (such as 0.5, -3 or 2e6)"},
      {"[1.]", "1:2: 1. is not a JSON number (such as 0.5, -3 or 2e6)"},
      {"[-]", "1:2: - is not a JSON number (such as 0.5, -3 or 2e6)"},
      {"[NaN]", "1:2: NaN is not a JSON number (numbers are finite)"},
      {"[-Infinity]", "1:2: -Infinity is not a JSON number (numbers are finite)"},
      {"[1e400]", "1:2: 1e400 is too large for a number"},
      {"[True]", "1:2: True is written in small letters (true)"},
      {"[1] // so", "1:5: something follows the end of the JSON value (remove it)"},
      {"[ // so\n1]", "1:3: JSON has no comments (remove it)"},
      {"\xff\xfe{", "1:1: a value is missing before this"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    CHECK(fault_of(text) == "x.json:" + std::string(message));
  }
}

TEST_CASE("a problem is one line of bearable length, whatever the file holds") {
  const Problem problem{"x.json", 1, 2, "/a\nb", std::string(1000, 'x') + "\x1b[31m (mend it)"};
  const std::string text = problem.text();
  CHECK(text.starts_with("x.json:1:2: /a\\nb: xxx"));
  CHECK(text.ends_with("\\u001b[31m (mend it)"));
  CHECK(text.size() < 600);
  CHECK(Problem{"x.json", 0, 0, "", "is a directory"}.text() == "x.json: is a directory");
}

TEST_CASE("depth, size and keys have limits, and within them time is short") {
  const auto brackets = [](std::size_t n) { return std::string(n, '['); };
  CHECK(fault_of(brackets(64) + std::string(64, ']')) == "fine");
  CHECK(fault_of(brackets(65) + std::string(65, ']')) ==
        "x.json:1:65: nested more than 64 levels deep");
  CHECK(fault_of(brackets(10'000'000)) == "x.json:1:65: nested more than 64 levels deep");
  CHECK(fault_of(std::string(most_json_bytes + 1, ' ')) == "x.json: is larger than 16 MiB");

  std::string many = "{";
  for (int i = 0; i <= 10'000; ++i) many += "\"" + std::to_string(i) + "\":0,\n";
  CHECK(fault_of(many) == "x.json:10001:1: more than 10000 keys in one object");

  std::string flat = "[0";
  for (int i = 0; i < 3'000'000; ++i) flat += ",1";
  CHECK(place(Document::parse(flat + "]", "x.json"), "/3000000") == "1:6000002");

  std::string twice = "[{\"a\":0";
  for (int i = 0; i < 1'000'000; ++i) twice += ",\"a\":1";
  CHECK(Document::parse(twice + "}]", "x.json").problems().size() == 100);
}

TEST_CASE("an override changes a value, and what is wrong with it is blamed on it") {
  Document document = Document::parse(
      R"({"seed": 1, "services": {"store": {"replicas": 3}}, "faults": [{"at": "1s"}]})", "x.json");
  document.set("/seed", "42");
  document.set("/services/store/replicas", "5");
  document.set("/services/store/timeout", "10s");    // not JSON: a text
  document.set("/services/cache/model", "\"lru\"");  // makes the object
  document.set("/faults/0/at", "2s");
  document.set("/faults/1", R"({"at": "3s", "crash": "store/1"})");
  document.set("/faults/-", R"({"at": "4s"})");
  document.set("/faults/2/for", "1s");
  CHECK(document.root() == Json::parse(R"({"seed": 42,
      "services": {"store": {"replicas": 5, "timeout": "10s"}, "cache": {"model": "lru"}},
      "faults": [{"at": "2s"}, {"at": "3s", "crash": "store/1"}, {"at": "4s", "for": "1s"}]})"));

  CHECK(document.problem("/seed", "no").text() == "--set /seed=42: /seed: no");
  CHECK(document.problem("/services/store/timeout", "no").text() ==
        "--set /services/store/timeout=10s: /services/store/timeout: no");
  CHECK(document.problem("/faults/1/crash", "no").text().starts_with("--set /faults/1={"));
  CHECK(document.problem("/faults/2", "no").text().starts_with("--set /faults/2={\"at\""));
  CHECK(document.problem_at_key("/services/store", "timeout", "no").line == 0);
  // What an override only goes through stands in the file; what it has made does not.
  CHECK(document.problem("/services/store", "no").text() == "x.json:1:35: /services/store: no");
  CHECK(document.problem("/services/cache", "no").text() ==
        "--set /services/cache/model=\"lru\": /services/cache: no");
  // A later override of the whole takes the place of earlier ones within.
  document.set("/services/store", "{}");
  CHECK(document.problem("/services/store/timeout", "no").text() ==
        "--set /services/store={}: /services/store/timeout: no");
}

TEST_CASE("an override that cannot be is refused, and nothing is changed") {
  Document document = Document::parse(R"({"a": {"b": [1, 2]}, "n": null, "t": "text"})", "x.json");
  const Json before = document.root();
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"", "1", "not a JSON pointer (such as /services/store/replicas)"},
      {"a", "1", "not a JSON pointer (such as /services/store/replicas)"},
      {"/a~2", "1", "not a JSON pointer (such as /services/store/replicas)"},
      {"/a/b/3", "1", "/a/b is a list with the positions 0 to 2 (\"-\" adds one)"},
      {"/a/b/01", "1", "/a/b is a list with the positions 0 to 2 (\"-\" adds one)"},
      {"/a/b/x", "1", "/a/b is a list with the positions 0 to 2 (\"-\" adds one)"},
      {"/a/b/99999999999999999999", "1",
       "/a/b is a list with the positions 0 to 2 (\"-\" adds one)"},
      {"/a/b/0/c", "1", "/a/b/0 is neither an object nor a list"},
      {"/t/x/y", "1", "/t is neither an object nor a list"},
      {"/a/c", "{\"x\": }", "a value is missing before this"},
      {"/a/c", "{\"x\": 1, \"x\": 2}", "the key /x stands twice"},
      {"/a/c", "[1, 2", "the file ends before the list opened at 1:1 is closed (add ])"},
  };
  for (const auto& [pointer, text, message] : cases) {
    CAPTURE(pointer);
    CHECK(fault_of_set(document, pointer, text) ==
          "--set " + std::string(pointer) + "=" + text + ": " + message);
  }
  std::string deep;
  for (int i = 0; i < 65; ++i) deep += "/x";
  CHECK(fault_of_set(document, deep, "1").ends_with(": more than 64 levels deep"));
  CHECK(document.root() == before);
  CHECK(fault_of_set(document, "/n/x", "1") == "fine");  // null makes room
}

TEST_CASE("what cannot be read as a file is told") {
  const auto fault = [](const std::string& path) {
    try {
      Document::read(path);
      return std::string("fine");
    } catch (const BadInput& error) {
      return std::string(error.what());
    }
  };
  CHECK(fault("/") == "/: is a directory (name a scenario file in it)");
  CHECK(fault("/nowhere/x.json") == "/nowhere/x.json: there is no such file");
  CHECK(fault("/dev/null") == "/dev/null:1:1: the file is empty (a scenario is a JSON object)");
  CHECK(fault("/dev/zero") == "/dev/zero: is larger than 16 MiB");
}

}  // namespace
}  // namespace faultline
