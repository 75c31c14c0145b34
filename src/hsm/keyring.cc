#include "hsm/keyring.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "base/check.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"
#include "hsm/keyring_file.h"
#include "hsm/keyring_internal.h"
#include "hsm/root_wrap.h"
#include "hsm/secret_gate.h"
#include "hsm/whole_file.h"

namespace claviger::hsm {
namespace {

constexpr std::size_t kDomainKeyBytes = 32;
constexpr std::size_t kDomainKeyEntryBytes = 4 + kDomainKeyBytes;

ProtectedBlock derive_from_root(ProtectedMemory& memory, const ProtectedBlock& root, std::string_view label,
                                ByteSpan context) {
  ProtectedBlock key = memory.allocate(32);
  crypto::HmacSha256 prf(root.bytes());
  crypto::derive_sp800_108(prf, label, context, key.bytes());
  return key;
}

}  // namespace

struct Keyring::Impl {
  std::shared_ptr<ProtectedMemory> memory = ProtectedMemory::create();
  ProtectedBlock root = memory->allocate(kRootKeyBytes);
  // Only rotate_domain_key() appends, within the reserved capacity, and then raises the count:
  // readers go by the count, take no lock, and never see an entry being made.
  std::vector<ProtectedBlock> domain_keys;
  std::atomic<std::uint32_t> domain_key_count{0};
  // Where it is stored, and the part of the file that stays; empty for a keyring in memory.
  std::string path;
  Bytes head;
  std::array<std::uint8_t, 16> id{};

  Impl() { domain_keys.reserve(kMaxDomainKeys); }

  void add_domain_key(ByteSpan key) {
    ProtectedBlock block = memory->allocate(kDomainKeyBytes);
    std::ranges::copy(key, block.bytes().begin());
    add_domain_key(std::move(block));
  }
  void add_domain_key(ProtectedBlock block) {
    CLAVIGER_CHECK(domain_keys.size() < kMaxDomainKeys);
    domain_keys.push_back(std::move(block));
    domain_key_count.store(static_cast<std::uint32_t>(domain_keys.size()), std::memory_order_release);
  }
  ProtectedBlock random_domain_key(RandomSource& random) const {
    ProtectedBlock block = memory->allocate(kDomainKeyBytes);
    random.fill(block.bytes());
    return block;
  }
  ProtectedBlock body_key() const { return derive_from_root(*memory, root, "claviger/v1/keyring-body", id); }

  // The whole file: `head` as it is, the domain keys and `extra` sealed anew.
  Bytes file_with(const ProtectedBlock* extra, RandomSource& random) const;
  // Fills in the domain keys; false when the body is not authentic or makes no sense.
  bool load_body(const KeyringFile& file);
};

Bytes Keyring::Impl::file_with(const ProtectedBlock* extra, RandomSource& random) const {
  std::vector<const ProtectedBlock*> keys;
  keys.reserve(domain_keys.size() + 1);
  for (const ProtectedBlock& key : domain_keys) keys.push_back(&key);
  if (extra != nullptr) keys.push_back(extra);
  SecretBytes body(4 + keys.size() * kDomainKeyEntryBytes);
  const auto put_u32 = [at = body.writable()](std::size_t offset, std::size_t value) {
    for (std::size_t i = 0; i < 4; ++i) at[offset + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  };
  put_u32(0, keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::size_t offset = 4 + i * kDomainKeyEntryBytes;
    put_u32(offset, i + 1);
    std::ranges::copy(keys[i]->bytes(), body.writable().begin() + static_cast<std::ptrdiff_t>(offset + 4));
  }
  Bytes sealed;
  const ProtectedBlock key = body_key();
  crypto::Aes256Gcm().seal(crypto::Key256(key.bytes()), {head}, body.expose(SecretGate::access()), random, sealed);
  Bytes file = head;
  ByteWriter(file).sized32(sealed);
  CLAVIGER_CHECK(file.size() <= kMaxKeyringFileBytes);
  return file;
}

bool Keyring::Impl::load_body(const KeyringFile& file) {
  if (file.sealed_body.size() < crypto::Aes256Gcm::kSealOverhead) return false;
  SecretBytes body(file.sealed_body.size() - crypto::Aes256Gcm::kSealOverhead);
  const ProtectedBlock key = body_key();
  if (!crypto::Aes256Gcm().open(crypto::Key256(key.bytes()), {file.head}, file.sealed_body, body.writable())) {
    return false;
  }
  ByteReader reader(body.expose(SecretGate::access()));
  const std::uint32_t count = reader.u32();
  if (count == 0 || count > kMaxDomainKeys) return false;
  for (std::uint32_t version = 1; version <= count; ++version) {
    const bool in_order = reader.u32() == version;
    const ByteSpan domain_key = reader.raw(kDomainKeyBytes);
    if (!in_order || reader.failed()) return false;
    add_domain_key(domain_key);
  }
  return reader.done();
}

Keyring::Keyring(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Keyring::~Keyring() = default;
Keyring::Keyring(Keyring&&) noexcept = default;
Keyring& Keyring::operator=(Keyring&&) noexcept = default;

Keyring Keyring::create_in_memory(RandomSource& random) {
  auto impl = std::make_unique<Impl>();
  random.fill(impl->root.bytes());
  random.fill(impl->id);
  impl->add_domain_key(impl->random_domain_key(random));
  return Keyring(std::move(impl));
}

Result<Keyring> Keyring::create(const std::string& path, Seal& seal, RandomSource& random) {
  Keyring keyring = create_in_memory(random);
  Impl& impl = *keyring.impl_;
  impl.path = path;
  impl.head = keyring_preamble(seal.kind(), impl.id);
  const SecretBytes root = SecretBytes::copy_of(impl.root.bytes());
  CLAVIGER_ASSIGN(const Bytes wrapped, seal.wrap(root, impl.head, random));
  ByteWriter(impl.head).sized16(wrapped);
  CLAVIGER_TRY(write_whole_file(path, impl.file_with(nullptr, random), Existing::kRefuse));
  return keyring;
}

Result<Keyring> Keyring::open(const std::string& path, Seal& seal) {
  CLAVIGER_ASSIGN(const Bytes bytes, read_keyring_file(path));
  const std::optional<KeyringFile> file = KeyringFile::parse(bytes);
  if (!file || file->seal != seal.kind()) return fail(keyring_does_not_open());
  CLAVIGER_ASSIGN(const SecretBytes root, seal.unwrap(file->wrapped_root, file->preamble));
  if (root.size() != kRootKeyBytes) return fail(keyring_does_not_open());
  auto impl = std::make_unique<Impl>();
  std::ranges::copy(root.expose(SecretGate::access()), impl->root.bytes().begin());
  impl->path = path;
  impl->id = file->id;
  impl->head = to_bytes(file->head);
  if (!impl->load_body(*file)) return fail(keyring_does_not_open());
  return Keyring(std::move(impl));
}

Status Keyring::rotate_domain_key(RandomSource& random) {
  if (impl_->domain_keys.size() == kMaxDomainKeys) {
    return fail(ErrorCode::kLimitExceeded, {}, "the keyring holds no more domain keys");
  }
  ProtectedBlock fresh = impl_->random_domain_key(random);
  if (!impl_->path.empty()) {
    CLAVIGER_TRY(write_whole_file(impl_->path, impl_->file_with(&fresh, random), Existing::kReplace));
  }
  impl_->add_domain_key(std::move(fresh));
  return {};
}

std::uint32_t Keyring::active_domain_key() const { return impl_->domain_key_count.load(std::memory_order_acquire); }

std::string Keyring::memory_protection() const { return impl_->memory->protection(); }

std::optional<crypto::Key256> KeyringAccess::domain_key(const Keyring& keyring, std::uint32_t version) {
  if (version == 0 || version > keyring.active_domain_key()) return std::nullopt;
  return crypto::Key256(std::as_const(keyring.impl_->domain_keys.data()[version - 1]).bytes());
}

ProtectedBlock KeyringAccess::derive(const Keyring& keyring, std::string_view label, std::string_view context) {
  return derive_from_root(*keyring.impl_->memory, keyring.impl_->root, label, as_bytes(context));
}

ProtectedBlock KeyringAccess::allocate(const Keyring& keyring, std::size_t size) {
  return keyring.impl_->memory->allocate(size);
}

}  // namespace claviger::hsm
