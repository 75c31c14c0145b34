// An action of the API as the pipeline sees it: data about it, and one call of it at a time. Actions are made from a
// Definition, which stands in one file with everything else that is said about the action.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/conditions.h"
#include "api/context.h"
#include "api/target.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/service.h"
#include "iam/caller.h"
#include "iam/snapshot.h"
#include "store/store.h"
#include "wire/encode.h"
#include "wire/members.h"
#include "wire/protocol.h"

namespace claviger::api {

// The response of an action that answers with nothing.
struct NoResponse {};

// What a handler returns: the response, and, of an action that changes something, the commit that makes it so. The
// response is sent only after the commit and its audit record are durable.
template <class Response>
struct Reply {
  // NOLINTNEXTLINE(google-explicit-constructor): a handler without a commit returns its response
  Reply(Response value) : response(std::move(value)) {}
  Reply(Response value, store::Commit change) : response(std::move(value)), commit(std::move(change)) {}

  Response response;
  std::optional<store::Commit> commit;
  // Of the audit record, as JSON text; empty: left out.
  std::string additional_event_data;
  // What the client reads when the commit would go beyond a quota.
  std::string_view limit_message;
  // ARN of what the action made, for the audit record's resources.
  std::string created_arn;
  // responseElements of the audit record, as JSON text, where CloudTrail shows other members than the response's.
  std::string response_elements;
  // ARN of the role that a session was made of, for the audit record's resources.
  std::string role_arn;
  // Of a change that the service records by an event of its own besides, such as RotateKey: its name and, as JSON text,
  // its serviceEventDetails. It is about the action's only key. Empty: there is none.
  std::string_view service_event;
  std::string service_event_details;
};

// The same without types, as the pipeline goes on with it.
struct Outcome {
  SecretBytes body;
  std::optional<store::Commit> commit;
  std::string response_elements;
  std::string additional_event_data;
  std::string_view limit_message;
  std::string created_arn;
  std::string role_arn;
  std::string_view service_event;
  std::string service_event_details;
};

// What an action has that finds out by itself who calls. Everything outlives the call.
struct Unidentified {
  const iam::Snapshot& iam;
  std::string_view partition;  // of the Region that is called
  WallTime now;
};

// Something that a request needs besides its action's permission.
struct FurtherPermission {
  std::string_view permission;
  std::string resource;
};

// A decoded request. Used by one thread at a time.
class Call {
 public:
  virtual ~Call() = default;
  // Who calls, by what the request says. Called first, and only when the action authenticates_itself().
  [[nodiscard]] virtual Result<iam::Caller> authenticate(const Unidentified& context) const = 0;
  // What the request acts on; views into the request.
  [[nodiscard]] virtual Result<Targets> targets() const = 0;
  // What the permission is decided on where no target is: an ARN, or `*`. Called only when the action
  // names_resource(), after the targets were resolved; the context has no keys and no aliases yet.
  [[nodiscard]] virtual Result<std::string> resource(const Context& context) const = 0;
  // What the action itself says to the condition key `key`; nullopt for a key that is not among its Action's
  // condition_keys(). `asked` tells of what is decided; its `name` and `rest` are filled in here.
  virtual std::optional<policy::ContextValues> condition(const policy::ContextKey& key,
                                                         ConditionQuestion asked) const = 0;
  // What the caller needs besides, each decided by identity policies alone.
  virtual std::vector<FurtherPermission> further_permissions(const Context& context) const = 0;
  // requestParameters of the audit record, as JSON text.
  virtual void append_audit_parameters(std::string& out) const = 0;
  // Whether the handler takes long for this request and the key of its first target, null where there is none: it then
  // runs where it has Services::material_import, and delays no other call.
  virtual bool computes(const keys::KeyRecord* key) const = 0;
  // Runs the handler. May be called again after a commit met a conflict, with a fresh context. A dry run ends in
  // kDryRun after everything was checked, and carries no commit.
  // `request_id` stands in replies that carry it in their body; `buffer` is empty memory for the response's body.
  [[nodiscard]] virtual Result<Outcome> run(const Context& context, std::string_view request_id,
                                            SecretBytes buffer) = 0;
};

// Who may call an action.
enum class Access : std::uint8_t {
  kPermission,   // whom policies allow it
  kEveryone,     // every caller with valid credentials; no policy can deny it (GetCallerIdentity)
  kTrustPolicy,  // whom the trust policy of the role allows it that the request names; the handler's rule asks it
};

class Action {
 public:
  virtual ~Action() = default;
  virtual Service service() const = 0;
  virtual std::string_view name() const = 0;
  // `kms:<name>`; what a caller needs where no target names a permission of its own.
  virtual std::string_view permission() const = 0;
  virtual Access access() const = 0;
  // Requests carry in their parameters what shows who calls: they need no signature, and one that they have is not
  // looked at (STS API reference, AssumeRoleWithWebIdentity).
  virtual bool authenticates_itself() const = 0;
  // Call::resource() tells what the permission is decided on.
  virtual bool names_resource() const = 0;
  // The condition keys that requests have from the action itself, as AWS writes them; see ConditionKey::name.
  virtual std::vector<std::string_view> condition_keys() const = 0;
  // CloudTrail's readOnly; nothing else returns a commit.
  virtual bool read_only() const = 0;
  // The handler reads the store and therefore runs where blocking is allowed.
  virtual bool reads_store() const = 0;
  // Conditions may ask when the key of the first target was last used, which is read before anything is decided.
  virtual bool asks_last_use() const = 0;
  virtual wire::Shape request_shape() const = 0;
  // nullopt: the API declares no output.
  virtual std::optional<wire::Shape> response_shape() const = 0;
  // `query` is that of the URL, still encoded.
  [[nodiscard]] virtual Result<std::unique_ptr<Call>> decode(wire::RequestDecoder& decoder, std::string_view query,
                                                             ByteSpan body) const = 0;
};

// Everything that is said about one action. `RequestMembers` and `ResponseMembers` are the declarations made with
// wire::members().
template <class Request, class Response, class RequestMembers, class ResponseMembers>
struct Definition {
  std::string_view name;
  std::string_view permission;
  bool read_only;
  const RequestMembers& request;
  const ResponseMembers& response;
  // nullptr: acts on no key and no alias.
  std::type_identity_t<Result<Targets> (*)(const Request&)> targets = nullptr;
  Result<Reply<Response>> (*handle)(const Context&, Request&);
  bool reads_store = false;
  // See Call::computes(); nullptr: never.
  std::type_identity_t<bool (*)(const Request&, const keys::KeyRecord*)> computes = nullptr;
  // Of actions that have DryRun: whether this request asks for it.
  std::type_identity_t<bool (*)(const Request&)> is_dry_run = nullptr;
  Service service = Service::kKms;
  Access access = Access::kPermission;
  // See Call::resource(); nullptr: `*`. It reads what is in memory only: it runs on the loop.
  std::type_identity_t<Result<std::string> (*)(const Context&, const Request&)> resource = nullptr;
  // What the action adds to what conditions see of every request: see api/conditions.h. Of static lifetime.
  std::type_identity_t<std::span<const ConditionKey<Request>>> conditions = {};
  // See Call::further_permissions(); nullptr: none.
  std::type_identity_t<std::vector<FurtherPermission> (*)(const Context&, const Request&)> further_permissions =
      nullptr;
  // See Action::authenticates_itself(); nullptr: a signature shows who calls.
  std::type_identity_t<Result<iam::Caller> (*)(const Unidentified&, const Request&)> authenticate = nullptr;
  // See Action::asks_last_use().
  bool asks_last_use = false;
  // The audit record shows what was answered although the action is read-only, as CloudTrail does of credentials.
  bool shows_response = false;
};

// The declaration of an action that answers with nothing.
inline constexpr auto kNoResponse = wire::members<NoResponse>();

namespace internal {

template <class Request, class Response, class RequestMembers, class ResponseMembers>
class DefinedAction final : public Action {
  using Def = Definition<Request, Response, RequestMembers, ResponseMembers>;

  class DefinedCall final : public Call {
   public:
    explicit DefinedCall(const Def& definition) : definition_(definition) {}

    Result<iam::Caller> authenticate(const Unidentified& context) const override {
      CLAVIGER_CHECK(definition_.authenticate != nullptr);
      return definition_.authenticate(context, request);
    }

    Result<Targets> targets() const override {
      return definition_.targets == nullptr ? Targets{} : definition_.targets(request);
    }

    Result<std::string> resource(const Context& context) const override {
      return definition_.resource == nullptr ? "*" : definition_.resource(context, request);
    }

    std::optional<policy::ContextValues> condition(const policy::ContextKey& key,
                                                   ConditionQuestion asked) const override {
      for (const ConditionKey<Request>& entry : definition_.conditions) {
        const std::optional<std::string_view> rest = covered_rest(entry.name, key);
        if (!rest) continue;
        asked.name = entry.name;
        asked.rest = *rest;
        return entry.value(request, asked);
      }
      return std::nullopt;
    }

    std::vector<FurtherPermission> further_permissions(const Context& context) const override {
      if (definition_.further_permissions == nullptr) return {};
      return definition_.further_permissions(context, request);
    }

    bool computes(const keys::KeyRecord* key) const override {
      return definition_.computes != nullptr && definition_.computes(request, key);
    }

    void append_audit_parameters(std::string& out) const override {
      wire::encode_audit(definition_.request, request, out);
    }

    Result<Outcome> run(const Context& context, std::string_view request_id, SecretBytes buffer) override {
      CLAVIGER_ASSIGN(Reply<Response> reply, definition_.handle(context, request));
      if (definition_.is_dry_run != nullptr && definition_.is_dry_run(request)) {
        return fail(ErrorCode::kDryRun, "The request would have succeeded, but the DryRun option is set.");
      }
      Outcome outcome;
      outcome.body = std::move(buffer);
      outcome.commit = std::move(reply.commit);
      outcome.additional_event_data = std::move(reply.additional_event_data);
      outcome.limit_message = reply.limit_message;
      outcome.created_arn = std::move(reply.created_arn);
      outcome.role_arn = std::move(reply.role_arn);
      outcome.service_event = reply.service_event;
      outcome.service_event_details = std::move(reply.service_event_details);
      const wire::ReplyForm form{definition_.service, definition_.name, request_id};
      if constexpr (std::is_same_v<Response, NoResponse>) {
        wire::encode_reply(form, std::nullopt, nullptr, outcome.body);
      } else {
        wire::encode_reply(form, definition_.response.shape(), &reply.response, outcome.body);
        if (!reply.response_elements.empty()) {
          outcome.response_elements = std::move(reply.response_elements);
        } else if (!definition_.read_only || definition_.shows_response) {
          wire::encode_audit(definition_.response, reply.response, outcome.response_elements);
        }
      }
      return outcome;
    }

    Request request{};

   private:
    const Def& definition_;
  };

 public:
  explicit DefinedAction(const Def& definition) : definition_(definition) {}

  Service service() const override { return definition_.service; }
  std::string_view name() const override { return definition_.name; }
  std::string_view permission() const override { return definition_.permission; }
  Access access() const override { return definition_.access; }
  bool authenticates_itself() const override { return definition_.authenticate != nullptr; }
  bool names_resource() const override { return definition_.resource != nullptr; }
  std::vector<std::string_view> condition_keys() const override {
    std::vector<std::string_view> names;
    for (const ConditionKey<Request>& entry : definition_.conditions) names.push_back(entry.name);
    return names;
  }
  bool read_only() const override { return definition_.read_only; }
  bool reads_store() const override { return definition_.reads_store; }
  bool asks_last_use() const override { return definition_.asks_last_use; }
  wire::Shape request_shape() const override { return definition_.request; }
  std::optional<wire::Shape> response_shape() const override {
    if constexpr (std::is_same_v<Response, NoResponse>) return std::nullopt;
    return definition_.response.shape();
  }
  Result<std::unique_ptr<Call>> decode(wire::RequestDecoder& decoder, std::string_view query,
                                       ByteSpan body) const override {
    auto call = std::make_unique<DefinedCall>(definition_);
    CLAVIGER_TRY(decoder.decode_into(definition_.request, {definition_.service, query, body}, &call->request));
    return call;
  }

 private:
  Def definition_;
};

}  // namespace internal

// `Definition` refers to declarations of static lifetime.
template <class Request, class Response, class RequestMembers, class ResponseMembers>
std::unique_ptr<const Action> make_action(
    const Definition<Request, Response, RequestMembers, ResponseMembers>& definition) {
  return std::make_unique<internal::DefinedAction<Request, Response, RequestMembers, ResponseMembers>>(definition);
}

}  // namespace claviger::api
