#include "http/server.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "http/malformed_requests.h"
#include "http/test_client.h"
#include "http/test_server.h"

namespace claviger::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string get(std::string_view target, std::string_view more = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}
std::string post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

TEST(Server, AnswersWithExactlyTheseBytes) {
  TestServer server;
  ASSERT_TRUE(server.started);
  TestClient client(server->port());
  client.send(post("/a?b", "hello"));
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.head,
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
            "Content-Length: 25\r\nx-amzn-RequestId: 1234\r\n");
  EXPECT_EQ(client.body, "POST /a?b|127.0.0.1|hello");
}

TEST(Server, KeepsAConnectionForTheNextRequest) {
  TestServer server;
  TestClient client(server->port());
  for (int i = 0; i < 100; ++i) {
    client.send(post("/", std::to_string(i)));
    ASSERT_TRUE(client.receive());
    EXPECT_EQ(client.body, "POST /|127.0.0.1|" + std::to_string(i));
  }
  const Counters counters = server->counters();
  EXPECT_EQ(counters.requests, 100u);
  EXPECT_EQ(counters.connections_accepted, 1u);
  EXPECT_EQ(counters.connections_open, 1u);
}

TEST(Server, AnswersPipelinedRequestsInOrderThoughSomeTakeLonger) {
  TestServer server;
  TestClient client(server->port());
  std::string requests;
  for (int i = 0; i < 300; ++i) requests += post(i % 3 == 0 ? "/thread" : "/", std::to_string(i));
  client.send(requests);
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(client.receive()) << i;
    EXPECT_EQ(client.body, (i % 3 == 0 ? "thread " : "POST /|127.0.0.1|") + std::to_string(i));
  }
}

TEST(Server, ReadsARequestByteByByte) {
  TestServer server;
  TestClient client(server->port());
  for (const char byte : post("/", "hello") + get("/next")) client.send({&byte, 1});
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.body, "POST /|127.0.0.1|hello");
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.body, "GET /next|127.0.0.1|");
}

TEST(Server, AnswersEveryMalformedRequestAndClosesWithoutCallingTheHandler) {
  TestServer server;
  for (const MalformedRequest& request : malformed_requests()) {
    SCOPED_TRACE(request.name);
    TestClient client(server->port());
    client.send(request.bytes);
    ASSERT_TRUE(client.receive());
    EXPECT_EQ(client.status, request.status);
    EXPECT_NE(client.head.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_TRUE(client.at_end());
  }
  EXPECT_EQ(server.state.calls, 0);
  std::uint64_t errors = 0;
  for (const std::uint64_t count : server->counters().parse_errors) errors += count;
  EXPECT_EQ(errors, malformed_requests().size());
}

TEST(Server, AnswersWhatCameBeforeAMalformedRequest) {
  TestServer server;
  TestClient client(server->port());
  client.send(get("/") + "GET / HTTP/1.1\nHost: a\r\n\r\n" + get("/never"));
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.status, 200);
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.status, 400);
  EXPECT_TRUE(client.at_end());
  EXPECT_EQ(server.state.calls, 1);
}

TEST(Server, AsksForTheBodyOfAnExpectedContinue) {
  TestServer server;
  TestClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.status, 100);
  client.send("hello");
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.body, "POST /|127.0.0.1|hello");
  // A body that is there already needs no invitation, and one that is too large gets none.
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.body, "POST /|127.0.0.1|hi");
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n");
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.status, 413);
}

TEST(Server, ReadsALargeBodyAndAChunkedOne) {
  TestServer server;
  TestClient client(server->port());
  const std::string large(512 * 1024, 'x');
  client.send(post("/", large));
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.body, "POST /|127.0.0.1|" + large);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n40000\r\n" + large.substr(0, 0x40000) +
              "\r\n5\r\nhello\r\n0\r\n\r\n");
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.body, "POST /|127.0.0.1|" + large.substr(0, 0x40000) + "hello");
}

TEST(Server, TellsAClientThatGoesOnSendingThatItsBodyIsTooLarge) {
  TestServer server;
  TestClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 600000\r\n\r\n");
  client.send(std::string(600'000, 'x'));
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.status, 413);
  client.shutdown_send();
  EXPECT_TRUE(client.at_end());
}

TEST(Server, SendsALargeResponseToASlowReader) {
  TestServer server;
  TestClient client(server->port(), 4096);
  client.send(get("/big"));
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.body, std::string(8 * 1024 * 1024, 'x'));
  client.send(get("/"));
  ASSERT_TRUE(client.receive());
}

TEST(Server, LeavesOutTheBodyWhereThereMustBeNone) {
  TestServer server;
  TestClient client(server->port());
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(client.receive(true));
  EXPECT_NE(client.head.find("\r\nContent-Length: 17\r\n"), std::string::npos) << client.head;
  client.send(get("/no-content"));
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.head, "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  client.send(get("/"));
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.body, "GET /|127.0.0.1|");
}

TEST(Server, ClosesWhenTheClientOrTheHandlerWants) {
  TestServer server;
  for (const std::string& request :
       {get("/", "Connection: close\r\n"), get("/close"), std::string("GET / HTTP/1.0\r\n\r\n")}) {
    SCOPED_TRACE(request);
    TestClient client(server->port());
    client.send(request);
    ASSERT_TRUE(client.receive());
    EXPECT_EQ(client.status, 200);
    EXPECT_NE(client.head.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_TRUE(client.at_end());
  }
  TestClient client(server->port());
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(client.receive());
  EXPECT_NE(client.head.find("\r\nConnection: keep-alive\r\n"), std::string::npos);
  client.send(get("/"));
  EXPECT_TRUE(client.receive());
}

TEST(Server, AnswersAClientThatHasClosedItsSide) {
  TestServer server;
  TestClient client(server->port());
  client.send(get("/thread"));
  client.shutdown_send();
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.body, "thread ");
  EXPECT_TRUE(client.at_end());
}

TEST(Server, Answers500ForAHandlerThatDoesNot) {
  TestServer server;
  TestClient client(server->port());
  client.send(get("/drop") + get("/throw") + get("/"));
  for (const int status : {500, 500, 200}) {
    ASSERT_TRUE(client.receive());
    EXPECT_EQ(client.status, status);
  }
  EXPECT_EQ(server->counters().handler_failures, 1u);
}

TEST(Server, GoesOnWhenAClientIsGoneBeforeItsResponse) {
  TestServer server;
  {
    TestClient client(server->port());
    client.send(get("/hold"));
    wait_until([&] { return server.state.held_count() == 1; });
  }
  for (Responder& responder : server.state.take_held()) responder.send(text_response("nobody hears this"));
  {
    TestClient half(server->port());
    half.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Le");
  }
  TestClient client(server->port());
  client.send(get("/"));
  EXPECT_TRUE(client.receive());
  wait_until([&] { return server->counters().connections_open == 1; });
}

TEST(Server, RefusesConnectionsBeyondTheMaximum) {
  Options options = TestServer::one_loop();
  options.max_connections = 2;
  TestServer server(std::move(options));
  TestClient first(server->port());
  TestClient second(server->port());
  for (TestClient* client : {&first, &second}) {
    client->send(get("/"));
    ASSERT_TRUE(client->receive());
  }
  TestClient third(server->port());
  ASSERT_TRUE(third.receive());
  EXPECT_EQ(third.status, 503);
  EXPECT_TRUE(third.at_end());
  EXPECT_EQ(server->counters().connections_refused, 1u);
  first.close();
  wait_until([&] { return server->counters().connections_open == 1; });
  TestClient fourth(server->port());
  fourth.send(get("/"));
  ASSERT_TRUE(fourth.receive());
  EXPECT_EQ(fourth.status, 200);
}

TEST(ServerDeadlines, HeaderThatTakesTooLongIs408) {
  TestServer server;
  TestClient client(server->port());
  const std::string part = "GET / HTTP/1.1\r\nHost:";
  client.send(part);
  wait_until([&] { return server->counters().bytes_read == part.size(); });
  // A byte now and then does not help.
  server.advance(seconds(6));
  client.send(" ");
  wait_until([&] { return server->counters().bytes_read == part.size() + 1; });
  server.advance(seconds(6));
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.status, 408);
  EXPECT_TRUE(client.at_end());
  EXPECT_EQ(server->counters().timeouts, 1u);
}

TEST(ServerDeadlines, BodyThatComesTooSlowlyIs408) {
  TestServer server;
  TestClient client(server->port());
  const std::string part = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + std::string(40'960, 'x');
  client.send(part);
  wait_until([&] { return server->counters().bytes_read == part.size(); });
  server.advance(milliseconds(19'900));  // 10 s of grace, and 10 s for 40 KiB
  client.send("y");
  wait_until([&] { return server->counters().bytes_read == part.size() + 1; });
  EXPECT_EQ(server->counters().timeouts, 0u);
  server.advance(milliseconds(200));
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.status, 408);
  EXPECT_TRUE(client.at_end());
}

TEST(ServerDeadlines, IdleConnectionIsClosedWithoutAWord) {
  TestServer server;
  TestClient client(server->port());
  client.send(get("/"));
  ASSERT_TRUE(client.receive());
  server.advance(seconds(76));
  EXPECT_TRUE(client.at_end());
  EXPECT_EQ(server->counters().timeouts, 0u);
}

TEST(ServerDeadlines, HandlerHasAllTheTimeItNeeds) {
  TestServer server;
  TestClient client(server->port());
  client.send(get("/hold"));
  wait_until([&] { return server.state.held_count() == 1; });
  server.advance(seconds(1000));
  // A second connection's deadline passes: the loop has looked at all of them.
  TestClient other(server->port());
  other.send(get("/"));
  ASSERT_TRUE(other.receive());
  server.advance(seconds(76));
  EXPECT_TRUE(other.at_end());
  for (Responder& responder : server.state.take_held()) responder.send(text_response("late"));
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.body, "late");
}

TEST(ServerDeadlines, ClientThatDoesNotReadIsCutOff) {
  TestServer server;
  TestClient client(server->port(), 4096);
  client.send(get("/big"));
  wait_until([&] { return server->counters().requests == 1; });
  // The response does not fit what the system buffers; once the clock moves, its time is over.
  wait_until([&] {
    server.advance(seconds(21));
    return server->counters().connections_open == 0;
  });
  EXPECT_EQ(server->counters().timeouts, 1u);
}

TEST(ServerDrain, FinishesWhatHasBegunAndClosesTheRest) {
  TestServer server;
  TestClient idle(server->port());
  idle.send(get("/"));
  ASSERT_TRUE(idle.receive());
  TestClient busy(server->port());
  busy.send(get("/hold"));
  wait_until([&] { return server.state.held_count() == 1; });
  bool clean = false;
  std::thread drainer([&] { clean = server->drain(seconds(20)); });
  EXPECT_TRUE(idle.at_end());
  for (Responder& responder : server.state.take_held()) responder.send(text_response("done"));
  ASSERT_TRUE(busy.receive());
  EXPECT_EQ(busy.body, "done");
  EXPECT_NE(busy.head.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_TRUE(busy.at_end());
  drainer.join();
  EXPECT_TRUE(clean);
  EXPECT_FALSE(TestClient(server->port()).connected());
  EXPECT_TRUE(server->drain(seconds(20)));
}

TEST(ServerDrain, CutsOffWhatTakesLongerAndTheResponderMayOutliveTheServer) {
  TestServer server;
  TestClient client(server->port());
  client.send(get("/hold"));
  wait_until([&] { return server.state.held_count() == 1; });
  EXPECT_FALSE(server->drain(milliseconds(1)));
  EXPECT_TRUE(client.at_end());
  server.destroy();
  for (Responder& responder : server.state.take_held()) responder.send(text_response("too late"));
}

TEST(ServerStart, RefusesAnAddressInUse) {
  for (const std::size_t loops : {std::size_t{1}, std::size_t{2}}) {
    Options options = TestServer::one_loop();
    options.loops = loops;
    TestServer first(options);
    ASSERT_TRUE(first.started);
    options.port = first->port();
    TestServer second(options);
    ASSERT_FALSE(second.started);
    EXPECT_EQ(second.started.error().code(), ErrorCode::kIo);
  }
}

TEST(ServerStart, RefusesAnAddressThatIsNone) {
  Options options = TestServer::one_loop();
  options.address = "localhost";
  TestServer server(options);
  ASSERT_FALSE(server.started);
  EXPECT_EQ(server.started.error().code(), ErrorCode::kValidation);
}

TEST(ServerStart, RefusesOptionsThatCannotBeZero) {
  std::vector<Options> rows(4, TestServer::one_loop());
  rows[0].tick = milliseconds(0);
  rows[1].body_bytes_per_second = 0;
  rows[2].max_connections = 0;
  rows[3].limits.header_bytes = 0;
  for (const Options& options : rows) {
    TestServer server(options);
    ASSERT_FALSE(server.started);
    EXPECT_EQ(server.started.error().code(), ErrorCode::kValidation);
  }
}

TEST(ServerStart, TellsTheIPv4AddressOfAClientOfAnIPv6Socket) {
  Options options = TestServer::one_loop();
  options.address = "::";
  TestServer server(options);
  ASSERT_TRUE(server.started) << server.started.error().detail();
  TestClient client(server->port());
  client.send(get("/"));
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(client.body, "GET /|127.0.0.1|");
}

TEST(ResponseHeadersDeathTest, RefuseWhatWouldWriteFurtherFields) {
  ResponseHeaders headers;
  EXPECT_DEATH(headers.add("X", "a\r\nSet-Cookie: b"), "none_of");
  EXPECT_DEATH(headers.add("X: a\r\nY", "b"), "all_of");
}

}  // namespace
}  // namespace claviger::http
