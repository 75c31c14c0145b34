#include "cli/control_server.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "crypto/random.h"
#include "http/test_client.h"
#include "server/testing.h"

namespace claviger::cli {
namespace {

using std::chrono::days;

constexpr WallTime kReal = std::chrono::sys_days(std::chrono::year(2026) / 2 / 1);

class ControlServerTest : public testing::Test {
 protected:
  ControlTargets targets() {
    return {mover_, [this](const server::ClockMove& move) { return mover_.move(recorder_, move); },
            [this]() -> Result<std::size_t> {
              ++sweeps_;
              return sweep_;
            },
            interference_, [this] { resumed_with_ = interference_.replication.keys().size(); }};
  }
  ControlReply ask(std::string_view method, std::string_view target, std::string_view body = {}) {
    return answer_control(targets(), method, target, as_bytes(body));
  }

  ManualClock real_{kReal};
  ShiftedClock clock_{real_};
  crypto::SystemRandom random_;
  server::FaultyStore store_;
  server::FaultyLog log_{clock_};
  server::ChangeBroadcast broadcast_;
  server::Recorder recorder_{log_, store_, broadcast_, [] {}};
  const server::Deployment deployment_{.account = *AccountId::parse("111122223333"), .regions = {}};
  server::ClockMover mover_{store_, real_, clock_, deployment_, random_};
  server::Interference interference_{clock_};
  Result<std::size_t> sweep_ = 3u;
  int sweeps_ = 0;
  std::optional<std::size_t> resumed_with_;  // so many keys held
};

TEST_F(ControlServerTest, TellsAndMovesTheClock) {
  EXPECT_EQ(ask("GET", "/clock").json, R"({"Now":"2026-02-01T00:00:00Z","AheadSeconds":0})");
  EXPECT_EQ(sweeps_, 0);
  const ControlReply moved = ask("POST", "/clock", R"({"AdvanceSeconds": 86400})");
  EXPECT_EQ(moved.status, 200);
  EXPECT_EQ(moved.json, R"({"Now":"2026-02-02T00:00:00Z","AheadSeconds":86400,"DeletedKeys":3})");
  EXPECT_EQ(sweeps_, 1) << "what became due is done when the reply comes";
  EXPECT_EQ(clock_.now(), kReal + days(1));
  EXPECT_EQ(ask("POST", "/clock", R"({"MoveTo": "2026-03-01T00:00:00Z"})").json,
            R"({"Now":"2026-03-01T00:00:00Z","AheadSeconds":2419200,"DeletedKeys":3})");
}

TEST_F(ControlServerTest, NamesWhatIsWrong) {
  struct Row {
    const char* method;
    const char* target;
    const char* body;
    int status;
    const char* error;
  };
  const Row rows[] = {
      {"GET", "/", "", 404, "there are /clock, /faults, /visibility-delay and /replication"},
      {"POST", "/clock/", "", 404, "there are /clock, /faults, /visibility-delay and /replication"},
      {"POST", "/faults", "{}", 405, "/faults has GET and PUT"},
      {"PUT", "/faults", "{}", 400, "request:1:1: the body must have a field Faults"},
      {"PUT", "/faults", R"({"Faults": [], "Clock": 1})", 400,
       "request:1:16: the body has no field Clock; it has Faults"},
      {"PUT", "/faults", R"({"Faults": [{}]})", 400,
       "request:1:13: a fault must have an Error, DelayMilliseconds or both"},
      {"DELETE", "/visibility-delay", "", 405, "/visibility-delay has GET and PUT"},
      {"PUT", "/visibility-delay", R"({"Grants": 1})", 400,
       "request:1:2: a visibility delay has no field Grants; it has GrantsSeconds, AliasesSeconds, PoliciesSeconds"},
      {"POST", "/replication", "{}", 405, "/replication has GET and PUT"},
      {"PUT", "/replication", "{}", 400, "request:1:1: the body must have a field HeldKeys"},
      {"PUT", "/replication", R"({"HeldKeys": ["mrk-1"]})", 400,
       "request:1:15: an entry of HeldKeys must be the id of"},
      {"DELETE", "/clock", "", 405, "/clock has GET and POST"},
      {"POST", "/clock", "", 400, "request:1:1: the file is empty"},
      {"POST", "/clock", "{", 400, "request:"},
      {"POST", "/clock", R"({"Seconds": 1})", 400,
       "request:1:2: a clock has no field Seconds; it has MoveTo, AdvanceSeconds"},
      {"POST", "/clock", R"({"MoveTo": "2026-01-31T00:00:00Z"})", 400,
       "the clock moves forward only, and it is 2026-02-01T00:00:00Z already"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(std::string(row.method) + row.target + row.body);
    const ControlReply reply = ask(row.method, row.target, row.body);
    EXPECT_EQ(reply.status, row.status);
    EXPECT_EQ(reply.json.find(std::string(R"({"Error":")") + row.error), 0u) << reply.json;
  }
  EXPECT_EQ(clock_.now(), kReal);
  EXPECT_EQ(sweeps_, 0);
}

TEST_F(ControlServerTest, SetsFaultsAndTellsWhatTheyStruck) {
  EXPECT_EQ(ask("GET", "/faults").json, R"({"Faults":[]})");
  const std::string all =
      R"({"Actions":["Encrypt","Decrypt"],"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Count":2,"Share":0.5,)"
      R"("Error":"DependencyTimeoutException","Message":"slow","DelayMilliseconds":5)";
  EXPECT_EQ(
      ask("PUT", "/faults", R"({"Faults":[)" + all + R"(},{"Error":"ThrottlingException"}]})").json,
      R"({"Faults":[)" + all + R"(,"Matched":0,"Struck":0},{"Error":"ThrottlingException","Matched":0,"Struck":0}]})");
  EXPECT_TRUE(interference_.faults.strike("ListKeys", {}).has_value());
  EXPECT_EQ(
      ask("GET", "/faults").json,
      R"({"Faults":[)" + all + R"(,"Matched":0,"Struck":0},{"Error":"ThrottlingException","Matched":1,"Struck":1}]})");
  EXPECT_EQ(ask("PUT", "/faults", R"({"Faults":[{"Error":"None"}]})").status, 400);
  EXPECT_TRUE(interference_.faults.strike("ListKeys", {}).has_value()) << "what was refused changes nothing";
  EXPECT_EQ(ask("PUT", "/faults", R"({"Faults":[]})").json, R"({"Faults":[]})");
  EXPECT_FALSE(interference_.faults.strike("ListKeys", {}).has_value());
}

TEST_F(ControlServerTest, SetsHowLateChangesAreSeen) {
  EXPECT_EQ(ask("GET", "/visibility-delay").json, R"({"GrantsSeconds":0,"AliasesSeconds":0,"PoliciesSeconds":0})");
  EXPECT_EQ(ask("PUT", "/visibility-delay", R"({"GrantsSeconds":300,"PoliciesSeconds":1})").json,
            R"({"GrantsSeconds":300,"AliasesSeconds":0,"PoliciesSeconds":1})");
  EXPECT_EQ(interference_.visibility.delays().grants, std::chrono::seconds(300));
  EXPECT_EQ(ask("PUT", "/visibility-delay", "{}").json,
            R"({"GrantsSeconds":0,"AliasesSeconds":0,"PoliciesSeconds":0})");
}

TEST_F(ControlServerTest, HoldsWhatKeysOweEachOtherUntilTheyAreLetGo) {
  EXPECT_EQ(ask("GET", "/replication").json, R"({"HeldKeys":[]})");
  const std::string a = R"("mrk-0000000000000000000000000000000a")";
  const std::string b = R"("mrk-0000000000000000000000000000000b")";
  const std::string both = R"({"HeldKeys":[)" + a + "," + b + "]}";
  EXPECT_EQ(ask("PUT", "/replication", R"({"HeldKeys": [)" + b + "," + a + "," + b + "]}").json, both);
  EXPECT_EQ(ask("PUT", "/replication", R"({"HeldKeys": [)" + a + R"(,"x"]})").status, 400);
  EXPECT_EQ(ask("GET", "/replication").json, both) << "what was refused changes nothing";
  resumed_with_.reset();
  EXPECT_EQ(ask("PUT", "/replication", R"({"HeldKeys": []})").json, R"({"HeldKeys":[]})");
  EXPECT_EQ(resumed_with_, 0u) << "the replicator is told when they are let go";
}

TEST_F(ControlServerTest, WhatFailsInTheServerIsSaidSo) {
  store_.on_commit([](const store::Commit&) { return Error::io("no space"); });
  const ControlReply reply = ask("POST", "/clock", R"({"AdvanceSeconds": 1})");
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.json, R"({"Error":"no space"})");
  EXPECT_EQ(clock_.now(), kReal);
}

TEST(ForeignPage, OnlyProgramsOfThisMachineAreHeard) {
  constexpr std::string_view kHost = "the Host field must name 127.0.0.1, localhost or [::1] and the port";
  constexpr std::string_view kPage = "pages in a browser have no access";
  constexpr std::string_view kType = "the Content-Type must be application/json";
  struct Row {
    const char* name;
    const char* method;
    std::vector<http::Header> headers;
    std::string_view expected;
  };
  const Row rows[] = {
      {"curl", "GET", {{"Host", "127.0.0.1:4600"}, {"Accept", "*/*"}}, ""},
      {"by name", "POST", {{"host", "localhost:4600"}, {"content-type", "application/json"}}, ""},
      {"over IPv6", "PUT", {{"Host", "[::1]:4600"}, {"Content-Type", "application/json"}}, ""},
      {"a name that resolves to this machine", "GET", {{"Host", "evil.example:4600"}}, kHost},
      {"another port", "GET", {{"Host", "127.0.0.1:4599"}}, kHost},
      {"no port", "GET", {{"Host", "127.0.0.1"}}, kHost},
      {"another address", "GET", {{"Host", "192.0.2.1:4600"}}, kHost},
      {"no Host", "GET", {}, kHost},
      {"a page's script",
       "POST",
       {{"Host", "127.0.0.1:4600"}, {"Origin", "https://evil.example"}, {"Content-Type", "application/json"}},
       kPage},
      {"a page without a name", "GET", {{"Host", "127.0.0.1:4600"}, {"origin", "null"}}, kPage},
      {"a page of ours, which there is not",
       "GET",
       {{"Host", "127.0.0.1:4600"}, {"Origin", "http://127.0.0.1:4600"}},
       kPage},
      {"a picture in a page", "GET", {{"Host", "127.0.0.1:4600"}, {"Sec-Fetch-Site", "cross-site"}}, kPage},
      {"a link in a page", "GET", {{"Host", "127.0.0.1:4600"}, {"Referer", "https://evil.example/"}}, kPage},
      {"a form", "POST", {{"Host", "127.0.0.1:4600"}, {"Content-Type", "text/plain"}}, kType},
      {"nothing said of the body", "DELETE", {{"Host", "127.0.0.1:4600"}}, kType},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const http::Request request{
        .method = row.method, .target = "/clock", .headers = row.headers, .body = {}, .peer_ip = "127.0.0.1"};
    EXPECT_EQ(foreign_page(request, 4600), row.expected);
  }
}

TEST_F(ControlServerTest, ListensOnThisMachineAlone) {
  for (const char* address : {"0.0.0.0", "::", "192.0.2.1", "127.0.0.2"}) {
    http::Options options;
    options.address = address;
    ControlServer server(options, real_, targets());
    const Status started = server.start();
    ASSERT_FALSE(started.has_value()) << address;
    EXPECT_EQ(started.error().message(), "the control endpoint listens on 127.0.0.1 or [::1] only");
  }
}

TEST_F(ControlServerTest, SpeaksHttp) {
  ControlServer server({}, real_, targets());
  ASSERT_TRUE(server.start().has_value());
  const std::string host = "Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n";
  http::TestClient client(server.port());
  ASSERT_TRUE(client.send("GET /clock HTTP/1.1\r\n" + host + "\r\n") && client.receive());
  EXPECT_EQ(client.status, 200);
  EXPECT_EQ(client.body, R"({"Now":"2026-02-01T00:00:00Z","AheadSeconds":0})");
  EXPECT_NE(client.head.find("Content-Type: application/json\r\n"), std::string::npos);
  EXPECT_EQ(client.head.find("Access-Control"), std::string::npos) << "no page of another site may read it";
  ASSERT_TRUE(client.send("POST /clock HTTP/1.1\r\n" + host +
                          "Content-Type: application/json\r\nContent-Length: 21\r\n\r\n" +
                          R"({"AdvanceSeconds": 1})") &&
              client.receive());
  EXPECT_EQ(client.status, 200) << client.body;
  ASSERT_TRUE(client.send("GET /clock HTTP/1.1\r\nHost: evil.example\r\n\r\n") && client.receive());
  EXPECT_EQ(client.status, 403);
}

}  // namespace
}  // namespace claviger::cli
