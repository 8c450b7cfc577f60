#pragma once

#include "transport/auth/key_set.hpp"

#include <string>
#include <variant>
#include <vector>

namespace herald::transport {

/// Where keys are.
struct key_places {
  std::string secret_file;             ///< Empty: none.
  std::vector<std::string> key_files;  ///< PEM files, or folders of them (`*.pem`).
  std::string jwks_file;
  std::string jwks_url;
};

/// What the files hold now; nothing is made of it yet, so that a change is found by comparing.
struct key_texts {
  struct text {
    std::string path;
    std::string bytes;
    friend bool operator==(const text&, const text&) = default;
  };
  std::vector<text> secrets, keys, sets;
  friend bool operator==(const key_texts&, const key_texts&) = default;
};

/// Reads the files. Blocks: not for a shard. What is wrong, with the setting's and the file's name, if one can't be read.
/// Bound: 256 KiB a file, 64 files.
std::variant<key_texts, std::string> read_key_files(const key_places& from);

/// The keys in the files; what is wrong, with the setting's and the file's name, if one of them is no good. `left_out`: why keys of sets
/// can't be used that may stand there all the same.
std::variant<std::vector<signing_key>, std::string> keys_in(const key_texts& from, std::vector<std::string>& left_out);

}  // namespace herald::transport
