#include "server/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "iam/sts_rules.h"
#include "server/caller_identity.h"
#include "server/pipeline.h"
#include "server/service_change.h"
#include "server/throttling.h"
#include "wire/error_shape.h"

namespace claviger::server {

// The only maker of AuthorizedKeys.
class AuthorizedKeyMaker final {
 public:
  // Of what `resolver` resolved, authorized and found fit.
  static void make(const Resolver& resolver, api::Context& context) {
    for (const Resolved& entry : resolver.resolved()) {
      const bool is_key = entry.key != nullptr;
      // A related key that is not there is nothing.
      if (!is_key && entry.target.kind == api::Target::Kind::kRelatedKey) continue;
      if (is_key) {
        context.keys.push_back(api::AuthorizedKey(entry.key, entry.grant));
      } else {
        context.aliases.push_back(entry.alias);
      }
    }
  }
};

namespace {

// What the audit record of an abandoned change tells.
constexpr std::string_view kCallAbandoned = "The change was not made.";

bool is_ours(Service service, ErrorCode code) { return wire::error_shape(service, code).status >= 500; }

}  // namespace

Flow::Flow(Pipeline& pipeline, const http::Request& request, http::Responder responder)
    : pipeline_(pipeline),
      request_(request),
      responder_(std::move(responder)),
      request_id_(make_uuid(pipeline.random_)),
      event_id_(make_uuid(pipeline.random_)),
      address_(address_of(request)),
      service_(address_.services.front()),
      event_name_(address_.operation),
      action_(pipeline.shared_.actions.find(service_, event_name_)) {}

Flow::Flow(Pipeline& pipeline, const http::Request& request, http::Responder responder, ServiceCall call)
    : Flow(pipeline, request, std::move(responder)) {
  via_service_ = keys::via_service(call.service, call.region);
  via_principal_ = fmt::format("{}.amazonaws.com", call.service);
  authenticated_.emplace(iam::Authenticated{std::move(call.caller), call.region, Service::kKms});
  scope_ = Scope{authenticated_->caller->account, authenticated_->region};
}

void Flow::start() {
  if (Status status = identify(); !status) return fail(std::move(status).error());
  if (Status status = decode(); !status) return fail_charged(std::move(status).error());
  if (Status status = identify_by_call(); !status) return fail(std::move(status).error());
  resolve();
}

Status Flow::identify() {
  if (!via_service_.empty()) return check_service_call();
  if (action_.action != nullptr && action_.action->authenticates_itself()) return check_operation();
  CLAVIGER_ASSIGN(authenticated_,
                  pipeline_.authenticator_.authenticate({request_.method, address_.path, address_.query,
                                                         request_.headers, request_.body, address_.services}));
  if (service_ != authenticated_->service) {
    service_ = authenticated_->service;
    action_ = pipeline_.shared_.actions.find(service_, event_name_);
  }
  if (!pipeline_.shared_.deployment.serves(service_, authenticated_->region)) {
    return claviger::fail(ErrorCode::kInvalidSignature, "Credential should be scoped to a valid region.");
  }
  scope_ = Scope{authenticated_->caller->account, authenticated_->region};
  return check_operation();
}

Status Flow::identify_by_call() {
  if (authenticated_) return {};
  const Region region = pipeline_.shared_.deployment.home_region();
  const std::shared_ptr<const iam::Snapshot> iam = pipeline_.shared_.registry.snapshot();
  CLAVIGER_ASSIGN(iam::Caller caller,
                  call_->authenticate({*iam, region.partition(), pipeline_.shared_.client_clock.now()}));
  authenticated_.emplace(iam::Authenticated{std::make_shared<const iam::Caller>(std::move(caller)), region, service_});
  scope_ = Scope{authenticated_->caller->account, region};
  return {};
}

Status Flow::check_operation() const {
  const bool at_the_root = address_.path == "/";
  if (address_.protocol == Protocol::kJson) {
    if (action_.action != nullptr && request_.method == "POST" && at_the_root) return {};
    return claviger::fail(ErrorCode::kUnknownOperation, {});
  }
  if (address_.operation.empty()) return claviger::fail(ErrorCode::kMissingAction, "Missing Action");
  const bool asks = (request_.method == "POST" || request_.method == "GET") && at_the_root;
  if (action_.action != nullptr && asks && address_.version == service_info(service_).api_version) return {};
  return claviger::fail(
      ErrorCode::kUnknownOperation,
      fmt::format("Could not find operation {} for version {}", address_.operation,
                  address_.version.empty() ? std::string_view("NO_VERSION_SPECIFIED") : address_.version));
}

Status Flow::decode() {
  CLAVIGER_ASSIGN(call_, action_.action->decode(pipeline_.decoder_, address_.query, request_.body));
  CLAVIGER_ASSIGN(targets_, call_->targets());
  return {};
}

void Flow::resolve() {
  if (!resolver_) {
    const Visibility* const visibility = this->visibility();
    resolver_.emplace(pipeline_.directory_, *authenticated_->caller, *scope_, &pipeline_.shared_.grant_tokens,
                      visibility, &pipeline_.shared_.deployment);
    if (visibility != nullptr) {
      resolver_->show_grants(grants_named_by(request_.body, pipeline_.shared_.grant_tokens, scope_->region));
    }
  }
  // What is decided on must be what is changed.
  if (service_ != Service::kKms) iam_ = pipeline_.shared_.registry.snapshot();
  Result<bool> resolved = resolver_->resolve(targets_->view(), *this);
  if (!resolved) return fail_charged(std::move(resolved).error());
  if (!*resolved) return;
  if (Status status = charge(); !status) return fail(std::move(status).error());
  if (interrupted() || reads_last_use()) return;
  Result<bool> authorized = authorize();
  if (!authorized) return fail(std::move(authorized).error());
  if (!*authorized) return;
  share_record_with_owners();
  if (Status status = resolver_->check_fitness(action_.action->name(), pipeline_.shared_.clock.now()); !status) {
    return fail(std::move(status).error());
  }
  if (!makes_managed_key()) execute();
}

void Flow::share_record_with_owners() {
  for (const Resolved& entry : resolver_->resolved()) {
    if (entry.key != nullptr && entry.target.recorded) share_record(entry.key->record.scope.account);
  }
}

void Flow::share_record(const AccountId& account) {
  const auto is_same = [&](const Copy& copy) { return copy.account == account; };
  if (account == scope_->account || std::any_of(copies_.begin(), copies_.end(), is_same)) return;
  CLAVIGER_CHECK(copies_.size() + 1 < audit::kMaxRecipients);
  if (shared_event_id_.empty()) shared_event_id_ = make_uuid(pipeline_.random_);
  copies_.push_back({account, make_uuid(pipeline_.random_)});
}

RequestFacts Flow::facts() const {
  return {*authenticated_->caller,
          *scope_,
          request_,
          pipeline_.shared_.clock,
          call_.get(),
          iam_.get(),
          via_service_,
          via_principal_,
          days_without_use_};
}

Result<bool> Flow::authorize() {
  const api::Action& action = *action_.action;
  if (service_ == Service::kSts) {
    CLAVIGER_TRY(iam::check_session_reach(*authenticated_->caller, action.permission()));
  }
  if (action.access() != api::Access::kPermission) return true;
  const RequestFacts facts = this->facts();
  const api::Context context{*authenticated_->caller, *scope_, pipeline_.services_, nullptr, {}, {}, iam_};
  std::string resource = "*";
  if (action.names_resource()) {
    CLAVIGER_ASSIGN(resource, call_->resource(context));
  }
  CLAVIGER_ASSIGN(const bool authorized, resolver_->authorize(*this, facts, action.permission(), resource));
  if (!authorized) return false;
  for (const api::FurtherPermission& further : call_->further_permissions(context)) {
    CLAVIGER_TRY(resolver_->authorize_alone(facts, further.permission, further.resource));
  }
  return true;
}

std::function<void()> Flow::resumption() {
  return [self = shared_from_this()] { self->resolve(); };
}

Result<api::Outcome> Flow::run_handler(api::Services& services) {
  const RequestFacts facts = this->facts();
  const RequestContext conditions(facts, resolver_->resolved(), 0);
  api::Context context{*authenticated_->caller, *scope_, services, &conditions, {}, {}, iam_, &*resolver_};
  AuthorizedKeyMaker::make(*resolver_, context);
  // The connection has one buffer to give; a second attempt makes its own.
  return call_->run(context, request_id_, attempts_ == 0 ? responder_.take_buffer() : SecretBytes());
}

void Flow::execute() {
  if (call_->computes(first_key())) return compute();
  if (!action_.action->reads_store()) return executed(run_handler(pipeline_.services_));
  const bool accepted = pipeline_.shared_.pool.submit([self = shared_from_this()] {
    api::Services services = self->pipeline_.services_;
    crypto::SystemRandom random;
    services.hsm = nullptr;
    services.private_keys = nullptr;
    services.random = &random;
    StoreWithUses store(self->pipeline_.shared_.store, self->pipeline_.shared_.key_uses);
    services.store = &store;
    Result<api::Outcome> outcome = self->run_handler(services);
    self->pipeline_.loop_.post([self, outcome = std::move(outcome)]() mutable { self->executed(std::move(outcome)); });
  });
  if (!accepted) fail(Error(ErrorCode::kThrottling, "Rate exceeded"));
}

const keys::KeyRecord* Flow::first_key() const {
  const auto resolved = resolver_->resolved();
  return resolved.empty() || resolved.front().key == nullptr ? nullptr : &resolved.front().key->record;
}

void Flow::compute() {
  const bool accepted = pipeline_.shared_.computing.submit([self = shared_from_this()](ComputingTools& tools) {
    api::Services services = self->pipeline_.services_;
    services.hsm = &tools.hsm;
    services.private_keys = &tools.private_keys;
    services.material_import = &tools.material_import;
    services.random = &tools.random;
    Result<api::Outcome> outcome = self->run_handler(services);
    self->pipeline_.loop_.post([self, outcome = std::move(outcome)]() mutable { self->executed(std::move(outcome)); });
  });
  if (!accepted) fail(Error(ErrorCode::kThrottling, "Rate exceeded"));
}

void Flow::executed(Result<api::Outcome> outcome) {
  if (!outcome) return fail(std::move(outcome).error());
  outcome_ = *std::move(outcome);
  if (!outcome_.role_arn.empty()) {
    if (const auto account = AccountId::parse(split_arn(outcome_.role_arn)->account)) share_record(*account);
  }
  if (outcome_.commit) {
    write_change();
  } else {
    record(std::nullopt);
  }
}

void Flow::write_change() {
  finished_ = pipeline_.shared_.clock.now();
  if (!outcome_.service_event.empty()) service_event_id_ = make_uuid(pipeline_.random_);
  const Error abandoned(ErrorCode::kInternal, std::string(kCallAbandoned));
  ChangeEvents events{event(nullptr), event(&abandoned)};
  if (Interference* const interference = pipeline_.shared_.interference; interference != nullptr) {
    const bool sets_policy = service_ == Service::kKms && event_name_ == "PutKeyPolicy";
    interference->visibility.hold(*outcome_.commit, resolver_->resolved(), sets_policy);
  }
  pipeline_.shared_.recorder.change(request_id_, std::move(events), *std::move(outcome_.commit),
                                    [self = shared_from_this()](Result<store::Revision> revision) mutable {
                                      http::Loop& loop = self->pipeline_.loop_;
                                      loop.post([self = std::move(self), revision = std::move(revision)]() mutable {
                                        self->changed(std::move(revision));
                                      });
                                    });
}

void Flow::changed(Result<store::Revision> revision) {
  if (revision) return reply(nullptr);
  const Error& error = revision.error();
  if (error.code() == ErrorCode::kUnknownOutcome) return reply(&error);
  if (error.code() == ErrorCode::kLimitExceeded) {
    return fail(Error(ErrorCode::kLimitExceeded, std::string(outcome_.limit_message)));
  }
  if (error.code() != ErrorCode::kConflict) return fail(std::move(revision).error());
  // Somebody changed what this call read. Once more, from what is there now.
  if (++attempts_ == kMaxAttempts) return fail(Error(ErrorCode::kThrottling, "Rate exceeded"));
  resolver_.reset();
  outcome_ = {};
  resolve();
}

Status Flow::charge() {
  if (charged_ || !pipeline_.quotas_ || action_.action == nullptr || !authenticated_) return {};
  charged_ = true;
  const std::optional<QuotaRule>& rule = pipeline_.quota_rules_[action_.index];
  if (!rule) return {};
  std::array<keys::KeySpec, api::Targets::kMax> specs;
  std::size_t count = 0;
  if (resolver_) {
    for (const Resolved& entry : resolver_->resolved()) {
      if (entry.key != nullptr) specs[count++] = entry.key->record.spec;
    }
  }
  std::string_view pair_spec;
  api::ConditionMemory memory;
  if (rule->basis == QuotaRule::Basis::kPairSpec && call_ != nullptr) {
    const auto spec = call_->condition(
        policy::ContextKey("kms:DataKeyPairSpec"),
        {.name = {}, .rest = {}, .caller_account = scope_->account.view(), .keys = {}, .memory = memory});
    if (spec && spec->size() == 1) pair_spec = (*spec)[0];
  }
  const bool here = pipeline_.quotas_->take(*scope_, quotas_of_call(*rule, std::span(specs).first(count), pair_spec));
  if (here && charge_related()) return {};
  return claviger::fail(ErrorCode::kThrottling, std::string(kRateExceeded));
}

void Flow::fail_charged(Error error) {
  Status status = charge();
  fail(status ? std::move(error) : std::move(status).error());
}

void Flow::fail(Error error) {
  if (!error.detail().empty() && is_ours(service_, error.code())) {
    pipeline_.shared_.logger.error("request failed",
                                   {{"requestId", request_id_}, {"action", event_name_}, {"detail", error.detail()}});
  }
  record(std::move(error));
}

void Flow::record(std::optional<Error> error) {
  error_ = std::move(error);
  finished_ = pipeline_.shared_.clock.now();
  frame.request_id = request_id_;
  append_event(error_ ? &*error_ : nullptr, frame.json);
  pipeline_.events_.add(shared_from_this());
}

// On a thread of the log. The rest is the loop's: what was allocated there is freed there.
void Flow::recorded(Status status) {
  // Without its record the call does not count as made.
  if (!status) error_ = std::move(status).error();
  pipeline_.loop_.post([self = shared_from_this()] { self->reply(self->error_ ? &*self->error_ : nullptr); });
}

void Flow::reply(const Error* error) {
  count(error);
  if (error == nullptr) note_uses();
  http::Response response;
  response.content_type = wire::content_type(service_);
  response.headers.add("x-amzn-RequestId", request_id_);
  if (error == nullptr) {
    response.body = std::move(outcome_.body);
  } else {
    response.status = wire::error_shape(service_, error->code()).status;
    wire::encode_error(service_, *error, request_id_, response.body);
  }
  responder_.send(std::move(response));
}

std::string Flow::event(const Error* error) const {
  std::string text;
  append_event(error, text);
  return text;
}

void Flow::append_event(const Error* error, std::string& out) const {
  audit::Event event;
  std::optional<Region> global;
  if (authenticated_) {
    event.user_identity = user_identity(*authenticated_->caller);
    if (!via_principal_.empty()) event.user_identity.invoked_by = via_principal_;
    if (service_ == Service::kIam) global = global_region(authenticated_->region);
    event.region = global ? global->view() : authenticated_->region.view();
  }
  event.source = service_info(service_).event_source;
  event.time = finished_;
  event.name = event_name_.empty() ? std::string_view("Unknown") : event_name_;
  event.source_ip = via_principal_.empty() ? request_.peer_ip : via_principal_;
  event.user_agent = via_principal_.empty() ? header_or_empty(request_, "user-agent") : via_principal_;
  event.request_id = request_id_;
  event.event_id = event_id_;
  event.read_only = action_.action != nullptr && action_.action->read_only();
  event.recipient_account_id =
      scope_ ? scope_->account.view() : std::string_view(pipeline_.shared_.deployment.account.view());
  if (request_.tls != nullptr && via_principal_.empty()) {
    event.tls = audit::TlsDetails{.version = request_.tls->version,
                                  .cipher_suite = request_.tls->cipher_suite,
                                  .host_header = header_or_empty(request_, "host")};
  }
  std::string parameters;
  if (call_ != nullptr) {
    call_->append_audit_parameters(parameters);
    if (parameters != "{}") event.request_parameters = parameters;
  }

  std::array<audit::Resource, audit::kMaxResources> resources;
  std::size_t count = 0;
  std::string last_key_arn;
  if (resolver_) {
    for (const Resolved& entry : resolver_->resolved()) {
      // Actions on a related key are its primary key's.
      const bool is_related = entry.target.kind == api::Target::Kind::kRelatedKey;
      if (entry.key != nullptr && !is_related) last_key_arn = entry.key->arn;
      if (!entry.target.recorded) continue;
      resources[count++] = entry.key != nullptr
                               ? audit::Resource{entry.key->record.scope.account.view(), entry.key->arn}
                               : audit::Resource{scope_->account.view(), entry.alias_arn};
    }
  }
  if (!outcome_.created_arn.empty() && error == nullptr) {
    resources[count++] = {scope_->account.view(), outcome_.created_arn};
  }
  if (!outcome_.role_arn.empty() && error == nullptr) {
    resources[count++] = {split_arn(outcome_.role_arn)->account, outcome_.role_arn, "AWS::IAM::Role"};
  }
  // Where a target was named and not found there is nothing to tell; where none is ever shown KMS's list is empty.
  const auto is_shown = [](const api::Target& target) { return target.recorded; };
  const bool shows_none =
      service_ == Service::kKms && targets_ && std::none_of(targets_->view().begin(), targets_->view().end(), is_shown);
  if (count > 0 || shows_none) {
    event.resources = std::span<const audit::Resource>(resources.data(), count);
  }

  std::string elements;
  if (error != nullptr) {
    event.error_code = wire::error_shape(service_, error->code()).audit_code;
    event.error_message = wire::client_message(service_, *error);
  } else {
    if (!outcome_.response_elements.empty()) {
      event.response_elements = outcome_.response_elements;
    } else if (!event.read_only && !last_key_arn.empty()) {
      // CloudTrail shows the key of actions that answer nothing.
      json::Writer<std::string> writer(elements);
      writer.begin_object();
      writer.name("keyId");
      writer.string(last_key_arn);
      writer.end_object();
      event.response_elements = elements;
    }
    event.additional_event_data = outcome_.additional_event_data;
  }
  // Who may not use a key leaves no trace with its owner.
  const bool shared = !copies_.empty() && (error == nullptr || error->code() != ErrorCode::kAccessDenied);
  if (shared) event.shared_event_id = shared_event_id_;
  audit::append_event(event, out);
  if (resolver_) audit::append_decisions(resolver_->decisions().text(), out);
  if (shared) append_copies(event, out);
  if (error == nullptr && !outcome_.service_event.empty()) {
    CLAVIGER_CHECK(!shared);
    const ServiceChange change{.event_name = outcome_.service_event,
                               .key = resolver_->resolved().front().key->record,
                               .service_event_details = outcome_.service_event_details,
                               .abandoned = {}};
    audit::append_service_event(service_event(change, finished_, service_event_id_), out);
  }
}

void Flow::append_copies(audit::Event event, std::string& out) const {
  event.user_identity = foreign_identity(*authenticated_->caller);
  for (const Copy& copy : copies_) {
    event.event_id = copy.event_id;
    event.recipient_account_id = copy.account.view();
    audit::append_copy(event, out);
  }
}

void Flow::note_uses() {
  const auto operation = pipeline_.tracked_[action_.index];
  if (!operation) return;
  LoopKeyUses::Use use{.time = finished_, .operation = *operation, .event_id = event_id_, .request_id = request_id_};
  for (const Resolved& entry : resolver_->resolved()) {
    if (entry.key == nullptr) continue;
    const Scope& owner = entry.key->record.scope;
    // The owner of a key looks for the record in an account of its own.
    const auto copy = std::ranges::find(copies_, owner.account, &Copy::account);
    use.event_id = copy == copies_.end() ? event_id_ : copy->event_id;
    pipeline_.key_uses_.note({owner, entry.key->record.id}, use);
  }
}

void Flow::count(const Error* error) {
  auto& by_action = pipeline_.counts_.by_action;
  CallCounts::Count& count = action_.action == nullptr ? by_action.back() : by_action[action_.index];
  if (error == nullptr) {
    count.succeeded.fetch_add(1, std::memory_order_relaxed);
  } else if (is_ours(service_, error->code())) {
    count.failed.fetch_add(1, std::memory_order_relaxed);
  } else {
    count.refused.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace claviger::server
