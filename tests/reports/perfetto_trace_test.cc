// Decoded with the protocol-buffer library, by a description of the format of its own.
#include "reports/perfetto_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <map>
#include <set>

#include "tests/reports/perfetto_trace.pb.h"
#include "tests/reports/run_fixture.h"

namespace npusched {
namespace {

using perfetto::TrackEvent;
using ::testing::ElementsAre;

constexpr std::string_view kRun = R"(
  machine 1 2
  task A aic 0 1 1
  task B aiv 1 2 14 after A by A
  task C aiv 2 3 3
  task D aic 3 4 30 after B,C by B
  row C AIV_1 3.5 4 12 12.5
  row A AIC_0 2 3 13 13.5
  row B AIV_0 15 16 26 26.5
  row D AIC_0 31 32 40.000001 40.5
  phase 0 complete 13.5 14
)";

std::string Inflate(const std::string& bytes) {
  std::string out(1U << 20U, '\0');
  uLongf size = out.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                       bytes.size()),
            Z_OK);
  out.resize(size);
  return out;
}

// A slice or counter sample with its names looked up.
struct Event {
  TrackEvent::Type type = TrackEvent::UNSPECIFIED;
  std::string track;
  std::string name;
  std::uint64_t time_ns = 0;
  std::int64_t value = 0;
  std::map<std::string, std::string> text;
  std::map<std::string, double> numbers;
  std::vector<std::uint64_t> out;
  std::vector<std::uint64_t> in;
};

class Decoded {
 public:
  explicit Decoded(const std::string& bytes) {
    perfetto::Trace outer;
    EXPECT_TRUE(outer.ParseFromString(bytes));
    for (const perfetto::TracePacket& group : outer.packet()) {
      perfetto::Trace trace;
      EXPECT_TRUE(trace.ParseFromString(Inflate(group.compressed_packets())));
      for (const perfetto::TracePacket& packet : trace.packet()) Read(packet);
    }
  }

  std::vector<Event> events;
  std::vector<std::string> tracks;

  [[nodiscard]] const Event& Begin(const std::string& name) const {
    for (const Event& event : events) {
      if (event.type == TrackEvent::SLICE_BEGIN && event.name == name) return event;
    }
    ADD_FAILURE() << "no slice " << name;
    return events.front();
  }

 private:
  void Read(const perfetto::TracePacket& packet) {
    EXPECT_EQ(packet.trusted_packet_sequence_id(), 1U);
    for (const auto& name : packet.interned_data().event_names()) names_[name.iid()] = name.name();
    for (const auto& name : packet.interned_data().debug_annotation_names()) keys_[name.iid()] = name.name();
    if (packet.has_track_descriptor()) {
      const perfetto::TrackDescriptor& track = packet.track_descriptor();
      const std::string name = track.has_process()  ? track.process().process_name()
                               : track.has_thread() ? track.thread().thread_name()
                                                    : track.name();
      EXPECT_TRUE(track_names_.emplace(track.uuid(), name).second) << track.uuid();
      tracks.push_back(name);
    }
    if (packet.has_track_event()) Read(packet.track_event(), packet.timestamp());
  }

  void Read(const TrackEvent& event, std::uint64_t time) {
    Event read;
    read.type = event.type();
    read.track = track_names_.at(event.track_uuid());
    read.time_ns = time;
    if (event.has_name_iid()) read.name = names_.at(event.name_iid());
    read.value = event.counter_value();
    for (const perfetto::DebugAnnotation& annotation : event.debug_annotations()) {
      const std::string& key = keys_.at(annotation.name_iid());
      if (annotation.has_string_value()) read.text[key] = annotation.string_value();
      if (annotation.has_uint_value()) read.numbers[key] = static_cast<double>(annotation.uint_value());
      if (annotation.has_double_value()) read.numbers[key] = annotation.double_value();
    }
    read.out.assign(event.flow_ids().begin(), event.flow_ids().end());
    read.in.assign(event.terminating_flow_ids().begin(), event.terminating_flow_ids().end());
    events.push_back(read);
  }

  std::map<std::uint64_t, std::string> names_;
  std::map<std::uint64_t, std::string> keys_;
  std::map<std::uint64_t, std::string> track_names_;
};

Decoded Decode(const WrittenRun& run, FlowChoice flows = FlowChoice::kChain) {
  return Decoded(PerfettoTrace(run.input(), run.trace, Attribute(run.input(), run.trace), flows));
}

TEST(PerfettoTrace, HasATrackForEveryLaneAndCounter) {
  EXPECT_THAT(
      Decode(ParseRun(kRun)).tracks,
      ElementsAre("Runtime", "Cores", "Orchestrator", "Scheduler 0", "Scheduler 1", "AIC_0", "AIV_0", "AIV_1",
                  "running cores AIC", "running cores AIV", "ready tasks AIC", "ready tasks AIV", "ready tasks MIX"));
}

TEST(PerfettoTrace, ASliceCarriesItsTimesAndWhyItWaited) {
  const Event d = Decode(ParseRun(kRun)).Begin("D");
  EXPECT_EQ(d.track, "AIC_0");
  EXPECT_EQ(d.time_ns, 32'000U);
  EXPECT_EQ(d.text.at("waited"), "26 us for producer B #1");
  const std::map<std::string, double> numbers = {{"task", 3},      {"block", 0},          {"submit_us", 4},
                                                 {"ready_us", 30}, {"dispatch_us", 31},   {"receive_us", 31.001},
                                                 {"start_us", 32}, {"end_us", 40.000001}, {"finish_us", 40.5}};
  EXPECT_EQ(d.numbers, numbers);
}

TEST(PerfettoTrace, SlicesOfATrackOpenAndCloseInTurn) {
  const Decoded decoded = Decode(ParseRun(kRun));
  std::map<std::string, const Event*> open;
  std::map<std::string, std::uint64_t> closed;
  int slices = 0;
  for (const Event& event : decoded.events) {
    if (event.type == TrackEvent::SLICE_BEGIN) {
      EXPECT_EQ(open[event.track], nullptr) << event.track;
      EXPECT_GE(event.time_ns, closed[event.track]) << event.track;
      open[event.track] = &event;
      ++slices;
    } else if (event.type == TrackEvent::SLICE_END) {
      ASSERT_NE(open[event.track], nullptr) << event.track;
      EXPECT_GE(event.time_ns, open[event.track]->time_ns);
      closed[event.track] = event.time_ns;
      open[event.track] = nullptr;
    }
  }
  EXPECT_EQ(slices, 4 + 4 + 1);  // submits, rows, phases
}

TEST(PerfettoTrace, ArrowsFollowTheChainOrEveryEdge) {
  using Arrow = std::pair<std::string, std::string>;
  const auto arrows = [](const Decoded& decoded) {
    std::map<std::uint64_t, std::string> from;
    std::set<Arrow> found;
    for (const Event& event : decoded.events) {
      for (const std::uint64_t id : event.out) from[id] = event.name;
    }
    for (const Event& event : decoded.events) {
      for (const std::uint64_t id : event.in) found.emplace(from.at(id), event.name);
    }
    return found;
  };
  const WrittenRun run = ParseRun(kRun);
  EXPECT_EQ(arrows(Decode(run)), (std::set<Arrow>{{"A", "B"}, {"B", "D"}}));
  EXPECT_EQ(arrows(Decode(run, FlowChoice::kAll)), (std::set<Arrow>{{"A", "B"}, {"B", "D"}, {"C", "D"}}));
}

TEST(PerfettoTrace, CountersRiseAndFall) {
  std::vector<std::pair<std::uint64_t, std::int64_t>> samples;
  const Decoded decoded = Decode(ParseRun(kRun));
  for (const Event& event : decoded.events) {
    if (event.type == TrackEvent::COUNTER && event.track == "running cores AIV")
      samples.emplace_back(event.time_ns, event.value);
  }
  EXPECT_THAT(samples, ElementsAre(std::pair(3'000, 0), std::pair(4'000, 1), std::pair(12'000, 0), std::pair(16'000, 1),
                                   std::pair(26'000, 0)));
}

TEST(PerfettoTrace, NamesAreUtf8) {
  WrittenRun run = ParseRun(kRun);
  run.program.kernels[0].name = "a\xff";
  EXPECT_EQ(Decode(run).Begin("a\xEF\xBF\xBD").track, "AIC_0");
}

}  // namespace
}  // namespace npusched
