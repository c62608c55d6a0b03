// The measured latencies between regions, against the published tables where they are at hand.
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/scenario/region_latency.hpp>

#include "close_to.hpp"

namespace faultline {
namespace {

using testing::close_to;

using namespace std::chrono_literals;

const std::vector<std::string> aws{
    "af-south-1",     "ap-east-1",    "ap-northeast-1", "ap-south-1", "ap-southeast-1",
    "ap-southeast-2", "ca-central-1", "eu-central-1",   "eu-north-1", "eu-south-1",
    "eu-west-1",      "eu-west-2",    "eu-west-3",      "me-south-1", "sa-east-1",
    "us-east-1",      "us-east-2",    "us-west-1",      "us-west-2"};
const std::vector<std::string> gcp{"asia-east1",
                                   "asia-east2",
                                   "asia-northeast1",
                                   "asia-northeast2",
                                   "asia-south1",
                                   "asia-southeast1",
                                   "australia-southeast1",
                                   "europe-north1",
                                   "europe-west1",
                                   "europe-west2",
                                   "europe-west3",
                                   "europe-west4",
                                   "europe-west6",
                                   "northamerica-northeast1",
                                   "southamerica-east1",
                                   "us-central1",
                                   "us-east1",
                                   "us-east4",
                                   "us-west1",
                                   "us-west2"};

TEST_CASE("every pair of a provider's regions is there, the same in both directions") {
  for (const auto& regions : {aws, gcp}) {
    for (const std::string& from : regions) {
      for (const std::string& to : regions) {
        CAPTURE(from);
        CAPTURE(to);
        const auto there = measured_round_trip(from, to);
        const auto back = measured_round_trip(to, from);
        REQUIRE(there.has_value());
        REQUIRE(back.has_value());
        CHECK(std::chrono::abs(*there - *back) <= 200us);
        if (from == to) {
          CHECK(*there < 1ms);
        } else {
          CHECK(*there > 2ms);  // no two regions are in one place
          CHECK(*there < 420ms);
        }
      }
    }
  }
}

TEST_CASE("light in fibre is not overtaken") {
  // Great circles: Dublin to northern Virginia 5,480 km, Sydney to Sao Paulo 13,400 km, Mumbai to
  // Singapore 3,900 km; light in fibre does 204 km in a millisecond (index of refraction 1.468).
  const std::tuple<const char*, const char*, double> pairs[] = {
      {"eu-west-1", "us-east-1", 5480},
      {"ap-southeast-2", "sa-east-1", 13400},
      {"asia-south1", "asia-southeast1", 3900}};
  for (const auto& [from, to, kilometres] : pairs) {
    const double least = 2 * kilometres / 204.0;
    const double measured = seconds(*measured_round_trip(from, to)) * 1e3;
    CHECK(measured > least);
    CHECK(measured < 4 * least);
  }
}

TEST_CASE("regions of different providers, and unknown ones, have no measured latency") {
  CHECK_FALSE(measured_round_trip("us-east-1", "us-east1").has_value());
  CHECK_FALSE(measured_round_trip("us-east-1", "moon").has_value());
  CHECK_FALSE(measured_round_trip("", "").has_value());
}

TEST_CASE("the tables are those that were published") {
  // FAULTLINE_LATENCY_TABLES: a folder with fantoch's averages as CSV.
  const char* const given = std::getenv("FAULTLINE_LATENCY_TABLES");
  const std::string folder =
      given != nullptr ? given : FAULTLINE_SOURCE_DIR "/../shared/references/latency";
  for (const char* name : {"aws_2020_06_05_rtt_avg_ms.csv", "gcp_rtt_avg_ms.csv"}) {
    std::ifstream in(folder + "/" + name);
    if (!in) {
      MESSAGE("not compared: there is no " << folder << "/" << name);
      continue;
    }
    std::string line;
    std::getline(in, line);
    std::vector<std::string> columns;
    std::stringstream heading(line);
    for (std::string cell; std::getline(heading, cell, ',');) columns.push_back(cell);
    int compared = 0;
    while (std::getline(in, line)) {
      std::stringstream row(line);
      std::string from;
      std::getline(row, from, ',');
      std::string cell;
      for (std::size_t i = 1; std::getline(row, cell, ','); ++i) {
        CAPTURE(from);
        CAPTURE(columns[i]);
        const auto measured = measured_round_trip(from, columns[i]);
        REQUIRE(measured.has_value());
        CHECK(seconds(*measured) * 1e3 == close_to(std::stod(cell), 1e-9));
        ++compared;
      }
    }
    CHECK(compared == static_cast<int>((columns.size() - 1) * (columns.size() - 1)));
  }
}

}  // namespace
}  // namespace faultline
