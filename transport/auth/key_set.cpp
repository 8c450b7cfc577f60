#include "transport/auth/key_set.hpp"

#include "transport/protocol/json_members.hpp"

#include <algorithm>

namespace herald::transport {

std::vector<const signing_key*> key_set::candidates(signature_kind kind, std::string_view id) const {
  std::vector<const signing_key*> found;
  for (const auto& key : keys_) {
    const bool may_be = id.empty() || key.id().empty() || key.id() == id;
    if (key.kind() == kind && may_be) found.push_back(&key);
  }
  // Those that it names come first, should there be too many.
  std::stable_partition(found.begin(), found.end(), [&](const signing_key* key) { return key->id() == id; });
  if (found.size() > max_tried) found.resize(max_tried);
  return found;
}

bool key_set::has(std::string_view id) const noexcept {
  return std::ranges::find(keys_, id, &signing_key::id) != keys_.end();
}

std::variant<jwks, std::string> read_jwks(std::string_view text, bool allow_secrets) {
  const auto parsed = json::read(text);
  if (const auto* why = std::get_if<failure>(&parsed)) return why->message;
  const auto& in = std::get<json::children>(parsed);
  const auto* list = in.parent == json::kind::object ? in.find("keys") : nullptr;
  if (list == nullptr || list->what != json::kind::array) return "not a key set: an object with an array of keys is needed";
  const auto entries = std::get<json::children>(json::read(list->raw));
  if (entries.members.size() > key_set::max_keys) return "more than " + std::to_string(key_set::max_keys) + " keys";
  jwks found;
  for (const auto& entry : entries.members) {
    auto made = signing_key::from_jwk(entry.what.raw, allow_secrets);
    if (auto* why = std::get_if<std::string>(&made))
      found.left_out.push_back(std::move(*why));
    else
      found.keys.push_back(std::get<signing_key>(std::move(made)));
  }
  if (!found.keys.empty()) return found;
  return found.left_out.empty() ? "a key set without a key" : "no key that can be used: " + found.left_out.front();
}

}  // namespace herald::transport
