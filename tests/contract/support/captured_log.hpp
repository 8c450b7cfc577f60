#pragma once

#include "actors/log.hpp"

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace herald::contract {

/// Takes the log's lines for as long as it lives.
class captured_log {
public:
  captured_log() {
    // The log lets one line a second of a name through, and an earlier test may have had it.
    std::this_thread::sleep_for(std::chrono::milliseconds{1050});
    log::redirect([this](std::string_view line) {
      std::lock_guard guard{mutex_};
      lines_.emplace_back(line);
    });
  }
  ~captured_log() { log::redirect(nullptr); }
  captured_log(const captured_log&) = delete;
  captured_log& operator=(const captured_log&) = delete;

  /// How many lines have all of these texts in them.
  std::size_t count(std::initializer_list<std::string_view> texts) const {
    std::lock_guard guard{mutex_};
    std::size_t found = 0;
    for (const auto& line : lines_) {
      auto has_all = true;
      for (auto text : texts) has_all = has_all && line.find(text) != std::string::npos;
      found += has_all ? 1 : 0;
    }
    return found;
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace herald::contract
