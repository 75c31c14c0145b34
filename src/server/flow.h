// One request on its way through the pipeline, from its bytes to its reply.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/action.h"
#include "audit/event.h"
#include "base/service.h"
#include "http/handler.h"
#include "iam/authenticator.h"
#include "server/action_table.h"
#include "server/addressing.h"
#include "server/recorder.h"
#include "server/resolver.h"

namespace claviger::server {

class Pipeline;
struct ServiceCall;

// Lives until its reply is sent. Used by one thread at a time: the loop's, a thread of the pool while a handler reads
// the store, and threads of the log and the store while they write. Begins and (but for a loop that has stopped) ends
// on the loop.
class Flow final : public Recorder::Event, private Resolver::Waiter, public std::enable_shared_from_this<Flow> {
 public:
  // What `request` views stays valid until the response is sent.
  Flow(Pipeline& pipeline, const http::Request& request, http::Responder responder);
  // Of a call that a service makes: see Pipeline::handle_for_service().
  Flow(Pipeline& pipeline, const http::Request& request, http::Responder responder, ServiceCall call);

  // Begins; on the loop.
  void start();

 private:
  // A call whose change met this many others on the same records is given up.
  static constexpr int kMaxAttempts = 32;

  // The steps, in order. Each goes on to the next, or ends the flow with fail() or reply().
  Status identify();
  Status check_service_call() const;
  // Of an action that authenticates itself, once the request is decoded.
  Status identify_by_call();
  Status check_operation() const;
  Status decode();
  void resolve();
  // Reads when the key of the first target was last used, where conditions may ask for it, and goes on with resolve().
  // False when there is nothing to read, or no more.
  bool reads_last_use();
  // False while grants are read from the store.
  Result<bool> authorize();
  // Makes the AWS managed key that was resolved and is not there, and begins anew. False when all are there.
  bool makes_managed_key();
  void managed_key_made(const Status& status);
  void execute();
  const keys::KeyRecord* first_key() const;
  void compute();
  void executed(Result<api::Outcome> outcome);
  void write_change();
  void changed(Result<store::Revision> revision);

  // Counts the call in its request quotas, once; kThrottling beyond one. Of what `resolver_` found, or of what is
  // known.
  Status charge();
  // What the call counts in the Region of a related key that it names; false beyond a quota.
  bool charge_related();
  // Whether a fault that a development server was told to make ends or delays the call, which then goes on by itself.
  // Once.
  bool interrupted();
  // What is held back from a call of KMS; null: nothing.
  const Visibility* visibility() const;
  // As fail(), but a call that could not be resolved counts too.
  void fail_charged(Error error);
  // Ends the flow with an error, after its audit record is durable.
  void fail(Error error);
  // Makes the event durable; the flow ends with `error`, or as a success, when it is.
  void record(std::optional<Error> error);
  void recorded(Status status) override;
  // Ends the flow: sends the response. On the loop.
  void reply(const Error* error);
  std::function<void()> resumption() override;
  std::shared_ptr<const api::KeySnapshot> unmade_key(const keys::ManagedKeyService& service,
                                                     const api::Target& target) override;

  // Has the call recorded for another account, too, unless it ends in a refusal; for an account that it is recorded for
  // anyway this does nothing.
  void share_record(const AccountId& account);
  // Those of the keys that the caller was found to be allowed to use.
  void share_record_with_owners();

  // What conditions see; borrows from this.
  RequestFacts facts() const;
  Result<api::Outcome> run_handler(api::Services& services);
  // Appends the events of this call, as it stands: with `error`, or as a success.
  void append_event(const Error* error, std::string& out) const;
  void append_copies(audit::Event event, std::string& out) const;
  std::string event(const Error* error) const;
  void count(const Error* error);
  // Of a success: which keys it used, for GetKeyLastUsage.
  void note_uses();

  Pipeline& pipeline_;
  const http::Request request_;  // a copy: the views live on, the object only during handle()
  http::Responder responder_;
  std::string request_id_;
  std::string event_id_;
  std::string service_event_id_;  // of the event that the service has besides, once there is one
  // The other accounts that the call is recorded for, and what ties the records together.
  struct Copy {
    AccountId account;
    std::string event_id;
  };
  std::vector<Copy> copies_;
  std::string shared_event_id_;
  const Address address_;
  // Whose request it is, and so in which form errors are told: by the address until the signature has shown it.
  Service service_;
  std::string_view event_name_;
  ActionTable::Found action_;
  std::optional<iam::Authenticated> authenticated_;
  std::optional<Scope> scope_;
  std::unique_ptr<api::Call> call_;
  std::optional<api::Targets> targets_;
  std::optional<Resolver> resolver_;
  std::shared_ptr<const iam::Snapshot> iam_;
  api::Outcome outcome_;
  std::optional<Error> error_;  // what the flow ends with, once its event is on its way
  // When a service calls: what kms:ViaService says, and the service's name as a principal; else empty.
  std::string via_service_;
  std::string via_principal_;
  std::optional<std::int64_t> days_without_use_;
  bool read_last_use_ = false;
  int attempts_ = 0;
  bool charged_ = false;
  bool struck_ = false;
  WallTime finished_{};  // what the event tells
};

}  // namespace claviger::server
