#include "hsm/ready_keys.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace claviger::hsm {

ReadyKeys::ReadyKeys(std::size_t each, std::function<void()> missing)
    : each_(missing ? each : 0), missing_(std::move(missing)) {
  shelves_.with([](Shelves& shelves) {
    for (std::size_t i = 0; i < kKinds.size(); ++i) shelves[i].kind = kKinds[i];
  });
}

crypto::PrivateKey ReadyKeys::take(crypto::KeyKind kind) {
  if (each_ == 0 || !crypto::is_rsa(kind)) return crypto::PrivateKey::generate(kind);
  std::optional<crypto::PrivateKey> taken = shelves_.with([kind](Shelves& shelves) {
    Shelf& shelf = *std::ranges::find(shelves, kind, &Shelf::kind);
    shelf.wanted = true;
    std::optional<crypto::PrivateKey> key;
    if (!shelf.keys.empty()) {
      key = std::move(shelf.keys.back());
      shelf.keys.pop_back();
    }
    return key;
  });
  missing_();
  return taken ? *std::move(taken) : crypto::PrivateKey::generate(kind);
}

void ReadyKeys::expect_all() {
  if (each_ == 0) return;
  shelves_.with([](Shelves& shelves) {
    for (Shelf& shelf : shelves) shelf.wanted = true;
  });
  missing_();
}

void ReadyKeys::refill() {
  while (true) {
    // The emptiest first; of equals the size that takes the least.
    const std::optional<crypto::KeyKind> next = shelves_.with([this](Shelves& shelves) {
      std::optional<crypto::KeyKind> kind;
      std::size_t least = each_;
      for (const Shelf& shelf : shelves) {
        if (!shelf.wanted || shelf.keys.size() >= least) continue;
        least = shelf.keys.size();
        kind = shelf.kind;
      }
      return kind;
    });
    if (!next) return;
    std::optional<crypto::PrivateKey> made = crypto::PrivateKey::generate_unless(*next, stopped_);
    if (!made) return;
    shelves_.with(
        [&](Shelves& shelves) { std::ranges::find(shelves, *next, &Shelf::kind)->keys.push_back(*std::move(made)); });
  }
}

std::size_t ReadyKeys::ready(crypto::KeyKind kind) const {
  return shelves_.with([kind](const Shelves& shelves) {
    const auto* const shelf = std::ranges::find(shelves, kind, &Shelf::kind);
    return shelf == shelves.end() ? 0 : shelf->keys.size();
  });
}

std::size_t ReadyKeys::ready() const {
  std::size_t sum = 0;
  for (const crypto::KeyKind kind : kKinds) sum += ready(kind);
  return sum;
}

}  // namespace claviger::hsm
