#include "transport/auth/key_files.hpp"


#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

namespace herald::transport {
namespace {

constexpr std::size_t max_file_bytes = 256 * 1024;
constexpr std::size_t max_files = 64;

constexpr std::string_view secret_setting = "auth-jwt-secret-file", key_setting = "auth-jwt-key-file", set_setting = "auth-jwks";

using optional_error = std::optional<std::string>;

optional_error read_into(const std::string& path, std::vector<key_texts::text>& into) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return path + ": is a folder";
  std::ifstream file{path, std::ios::binary};
  std::string bytes(max_file_bytes + 1, '\0');
  if (file) file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad() || !file.is_open()) return path + ": can't be read";
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (bytes.size() > max_file_bytes) return path + ": has more than 256 KiB";
  into.push_back({path, std::move(bytes)});
  return std::nullopt;
}

std::string of(std::string_view setting, const std::string& why) { return std::string{setting}.append(": ").append(why); }

/// The PEM files of a folder, in the order of their names.
std::variant<std::vector<std::string>, std::string> pem_files_in(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (std::filesystem::directory_iterator i{folder, error}, end; !error && i != end; i.increment(error))
    if (i->path().extension() == ".pem") found.push_back(i->path().string());
  if (error) return folder + ": can't be read";
  if (found.empty()) return folder + ": has no file that ends with .pem";
  std::sort(found.begin(), found.end());
  return found;
}

optional_error read_keys(const std::string& path, std::vector<key_texts::text>& into) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return read_into(path, into);
  auto files = pem_files_in(path);
  if (auto* why = std::get_if<std::string>(&files)) return std::move(*why);
  for (const auto& file : std::get<0>(files))
    if (auto why = read_into(file, into)) return why;
  return std::nullopt;
}

/// Editors and `echo` end a file with a line end that is no part of the secret.
std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

optional_error add(signing_key::made made, const std::string& path, std::vector<signing_key>& to) {
  if (auto* why = std::get_if<std::string>(&made)) return path + ": " + *why;
  to.push_back(std::get<signing_key>(std::move(made)));
  return std::nullopt;
}

optional_error add_set(const key_texts::text& from, std::vector<signing_key>& to, std::vector<std::string>& without) {
  auto set = read_jwks(from.bytes, true);
  if (auto* why = std::get_if<std::string>(&set)) return from.path + ": " + *why;
  auto& [keys, left_out] = std::get<jwks>(set);
  for (const auto& why : left_out) without.push_back(from.path + ": " + why);
  to.insert(to.end(), keys.begin(), keys.end());
  return std::nullopt;
}

}  // namespace

std::variant<key_texts, std::string> read_key_files(const key_places& from) {
  key_texts found;
  optional_error why;
  std::string_view setting = secret_setting;
  if (!from.secret_file.empty()) why = read_into(from.secret_file, found.secrets);
  if (!why) setting = key_setting;
  for (const auto& path : from.key_files)
    if (!why) why = read_keys(path, found.keys);
  if (!why && found.keys.size() > max_files) why = "more than " + std::to_string(max_files) + " files";
  if (!why) setting = set_setting;
  if (!why && !from.jwks_file.empty()) why = read_into(from.jwks_file, found.sets);
  if (why) return of(setting, *why);
  return found;
}

std::variant<std::vector<signing_key>, std::string> keys_in(const key_texts& from, std::vector<std::string>& left_out) {
  std::vector<signing_key> keys;
  for (const auto& [path, bytes] : from.secrets)
    if (auto why = add(signing_key::from_secret(without_line_end(bytes)), path, keys)) return of(secret_setting, *why);
  for (const auto& [path, bytes] : from.keys)
    if (auto why = add(signing_key::from_pem(bytes), path, keys)) return of(key_setting, *why);
  for (const auto& set : from.sets)
    if (auto why = add_set(set, keys, left_out)) return of(set_setting, *why);
  return keys;
}

}  // namespace herald::transport
