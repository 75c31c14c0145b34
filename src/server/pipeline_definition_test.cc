// What an action of the Query protocol gets from the pipeline for its declaration alone: one that changes something,
// has lists and structures, answers a secret and is decided on a resource.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/json.h"
#include "server/testing_world.h"
#include "store/testing_store.h"

namespace claviger {
namespace {

constexpr std::string_view kSecret = "secret<canary>&";

constexpr wire::Pattern kNamePattern{
    .expression = R"([\w+=,.@-]+)",
    .matches = [](std::string_view text) { return !text.contains('!'); },
    .complaint = "It must contain only alphanumeric characters and/or the following: +=,.@_-",
};

struct Tag {
  std::string key;
  std::string value;
};
struct User {
  std::string name;
  std::string document;
  wire::SecretText secret;
  std::vector<Tag> tags;
};
struct CreateUserRequest {
  std::string name;
  std::vector<Tag> tags;
};
struct CreateUserResponse {
  std::optional<User> user;
};

}  // namespace

template <>
struct wire::Structure<Tag> {
  static constexpr auto kMembers = wire::members<Tag>(wire::required<&Tag::key>("Key", wire::length(1, 128)),
                                                      wire::required<&Tag::value>("Value", wire::length(0, 256)));
};
template <>
struct wire::Structure<User> {
  static constexpr auto kMembers = wire::members<User>(
      wire::required<&User::name>("UserName"), wire::required<&User::document>("PolicyDocument", wire::url_encoded),
      wire::required<&User::secret>("SecretAccessKey"), wire::optional<&User::tags>("Tags"));
};

namespace {

constexpr auto kRequest = wire::members<CreateUserRequest>(
    wire::required<&CreateUserRequest::name>("UserName", wire::length(1, 64), wire::pattern(kNamePattern)),
    wire::optional<&CreateUserRequest::tags>("Tags", wire::size(0, 50)));
constexpr auto kResponse = wire::members<CreateUserResponse>(wire::optional<&CreateUserResponse::user>("User"));

Result<std::string> resource(const api::Context& context, const CreateUserRequest& request) {
  if (request.name == "nobody") return fail(ErrorCode::kNotFound, "The user with name nobody cannot be found.");
  return "arn:aws:iam::" + std::string(context.caller.account.view()) + ":user/" + request.name;
}

Result<api::Reply<CreateUserResponse>> create_user(const api::Context&, CreateUserRequest& request) {
  if (request.name == "taken") return fail(ErrorCode::kAlreadyExists, "User with name taken already exists.");
  store::Commit commit;
  commit.mutations.push_back(store::Put{"test/" + request.name, {1}});
  User user{.name = request.name,
            .document = "{\"a\": 1}",
            .secret = {SecretBytes::copy_of(as_bytes(kSecret))},
            .tags = request.tags};
  return api::Reply<CreateUserResponse>({std::move(user)}, std::move(commit));
}

server::ActionTable table() {
  std::vector<std::unique_ptr<const api::Action>> actions;
  actions.push_back(api::make_action(api::Definition{.name = "CreateUser",
                                                     .permission = "iam:CreateUser",
                                                     .read_only = false,
                                                     .request = kRequest,
                                                     .response = kResponse,
                                                     .handle = create_user,
                                                     .service = Service::kIam,
                                                     .resource = resource}));
  return server::ActionTable(std::move(actions));
}

class PipelineDefinitionTest : public testing::Test {
 protected:
  server::TestReply call(std::string_view parameters) {
    iam::TestRequest request;
    request.headers = {{"Host", "127.0.0.1:4599"}, {"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = "Action=CreateUser&Version=2010-05-08&" + std::string(parameters);
    iam::TestSigner signer = iam::test_signer();
    signer.service = "iam";
    signer.sign_header(request);
    return world_.send(request);
  }
  std::string last_event() { return world_.log.events().back().json; }

  server::TestWorld world_{{}, table()};
};

TEST_F(PipelineDefinitionTest, ChangesAnswersAndRecords) {
  const server::TestReply reply = call("UserName=bob&Tags.member.1.Key=team&Tags.member.1.Value=a%26b");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body,
            "<CreateUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><CreateUserResult><User>"
            "<UserName>bob</UserName><PolicyDocument>%7B%22a%22%3A%201%7D</PolicyDocument>"
            "<SecretAccessKey>secret&lt;canary&gt;&amp;</SecretAccessKey>"
            "<Tags><member><Key>team</Key><Value>a&amp;b</Value></member></Tags></User></CreateUserResult>"
            "<ResponseMetadata><RequestId>" +
                reply.request_id + "</RequestId></ResponseMetadata></CreateUserResponse>");
  EXPECT_TRUE(world_.store.get("test/bob").value().has_value());
  const std::string event = last_event();
  EXPECT_EQ(server::text_member(event, "eventSource"), "iam.amazonaws.com");
  EXPECT_TRUE(event.contains(R"("readOnly":false)"));
  EXPECT_TRUE(event.contains(R"("requestParameters":{"userName":"bob","tags":[{"key":"team","value":"a&b"}]})"));
  EXPECT_TRUE(event.contains(R"("responseElements":{"user":{"userName":"bob","policyDocument":"{\"a\": 1}",)"
                             R"("tags":[{"key":"team","value":"a&b"}]}})"))
      << event;
  for (const audit::Frame& frame : world_.log.frames()) EXPECT_FALSE(frame.json.contains("canary"));
}

TEST_F(PipelineDefinitionTest, RefusesInTheWordsOfIam) {
  struct Case {
    const char* parameters;
    int status;
    const char* code;
    const char* message;
    const char* audit_code;
  };
  for (const Case& c : {
           Case{"UserName=taken", 409, "EntityAlreadyExists", "User with name taken already exists.",
                "EntityAlreadyExistsException"},
           Case{"UserName=nobody", 404, "NoSuchEntity", "The user with name nobody cannot be found.",
                "NoSuchEntityException"},
           Case{"UserName=a!", 400, "ValidationError",
                "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the "
                "following: +=,.@_-",
                "ValidationException"},
           Case{"UserName=a&Tags.member.2.Key=x", 400, "MalformedInput", "A list element has no valid index",
                "MalformedInput"},
       }) {
    const store::Revision before = world_.store.revision();
    const server::TestReply reply = call(c.parameters);
    EXPECT_EQ(reply.status, c.status);
    EXPECT_TRUE(reply.body.contains("<Code>" + std::string(c.code) + "</Code><Message>" + c.message + "</Message>"))
        << reply.body;
    EXPECT_EQ(world_.store.revision(), before);
    EXPECT_EQ(server::text_member(last_event(), "errorCode"), c.audit_code);
  }
}

TEST_F(PipelineDefinitionTest, AsksForTheResourceBeforeTheHandlerRuns) {
  // `nobody` fails in resource(): had the handler run first, there would be a commit.
  call("UserName=nobody");
  EXPECT_FALSE(world_.store.get("test/nobody").value().has_value());
}

}  // namespace
}  // namespace claviger
