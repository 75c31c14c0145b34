// For tests only: decoded requests, and what conditions see of them.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keys/test_fixtures.h"
#include "server/action_table.h"
#include "server/request_context.h"
#include "wire/protocol.h"

namespace claviger::server {

// What a key has, as text: `-` when it is absent, `?` when it cannot be told, `[a,b]` when it is multi-valued.
inline std::string shown(const policy::ContextValues& values) {
  if (!values.decidable()) return "?";
  if (!values.present()) return "-";
  if (!values.multi_valued()) return std::string(values[0]);
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) text.append(i > 0 ? "," : "").append(values[i]);
  return text + "]";
}

// Requests of the root of the key's account, on a key with tags and aliases.
class RequestContextTest : public testing::Test {
 protected:
  RequestContextTest() {
    request_.peer_ip = "192.0.2.7";
    request_.headers = headers_;
    key_.record = keys::test_key();
    key_.record.tags = {{"Team", "Payments"}, {"empty", ""}};
    key_.arn = key_.record.arn();
    key_.aliases = {"alias/a", "alias/b"};
  }

  // Decodes the request and says what it acts on; every target is the key.
  void prepare(std::string_view action, std::string_view body) {
    const api::Action* found = actions_.find(Service::kKms, action).action;
    ASSERT_NE(found, nullptr) << action;
    auto call = found->decode(decoder_, {}, as_bytes(body));
    ASSERT_TRUE(call.has_value()) << call.error().message();
    call_ = *std::move(call);
    auto targets = call_->targets();
    ASSERT_TRUE(targets.has_value()) << targets.error().message();
    targets_ = *targets;
    resolved_.clear();
    for (const api::Target& target : targets_.view()) {
      Resolved entry{.target = target, .key = nullptr, .alias = nullptr, .alias_arn = {}};
      const bool alias = target.kind == api::Target::Kind::kAlias || target.kind == api::Target::Kind::kNewAlias;
      if (!alias) entry.key = std::make_shared<const api::KeySnapshot>(key_);
      resolved_.push_back(std::move(entry));
    }
  }
  std::string value(std::string_view name, std::size_t place = 0) {
    const RequestFacts facts{caller_, scope_,       request_,       clock_,           call_.get(),
                             nullptr, via_service_, via_principal_, days_without_use_};
    const RequestContext context(facts, resolved_, place);
    return shown(context.find(policy::ContextKey(name)));
  }
  std::string value_in_key_policy(std::string_view name) {
    const RequestFacts facts{caller_, scope_, request_, clock_, call_.get()};
    const RequestContext context(facts, resolved_, 0);
    return shown(context.in_resource_policy().find(policy::ContextKey(name)));
  }

  static std::string with_key(std::string_view more = "") {
    return std::string(R"({"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab")") + std::string(more) + "}";
  }

  const Scope scope_ = keys::test_scope();
  iam::Caller caller_ = iam::root_caller("aws", scope_.account, "AKIAIOSFODNN7EXAMPLE");
  const std::array<http::Header, 2> headers_{{{"User-Agent", "boto3/1"}, {"Referer", "https://example.org/"}}};
  http::Request request_;
  const ManualClock clock_{from_millis(1'767'225'600'123)};
  const ActionTable actions_;
  wire::RequestDecoder decoder_;
  api::KeySnapshot key_;
  std::unique_ptr<api::Call> call_;
  // See RequestFacts.
  std::string_view via_service_, via_principal_;
  std::optional<std::int64_t> days_without_use_;
  api::Targets targets_;
  std::vector<Resolved> resolved_;
};

}  // namespace claviger::server
