#pragma once

#include "chaos/account.hpp"
#include "chaos/steady_publisher.hpp"
#include "chaos/wanderers.hpp"
#include "process_meter.hpp"

#include <functional>
#include <string>

namespace herald::load {

struct comeback_results {
  std::uint64_t sessions_asked = 0;
  std::uint64_t missed_each = 0;      ///< messages that each client was away for
  nanos connect_time = 0;             ///< the first time, from the first connect to the last welcome
  nanos back_time = 0;                ///< from the first connect of the comeback to the last welcome
  nanos whole_time = 0;               ///< … to the last message that was missed
  nanos cpu = 0;                      ///< of the processes named by --cpu-of, until all were whole
  nanos own_cpu = 0;                  ///< this tool's, in the same time
  std::uint64_t pss_before = 0;       ///< of the same, in bytes: all connected, nothing to do
  std::uint64_t pss_away = 0;         ///< all gone, what they miss is published
  std::uint64_t pss_peak = 0;         ///< the most, from the comeback to half a second after all were whole
  std::uint64_t pss_after = 0;        ///< two seconds after all were whole
  bool measured = false;
  chaos_verdict account;
  wandering clients;
  publishing published;
  std::vector<std::string> examples;
  std::string aborted;

  bool flawless() const {
    return aborted.empty() && account.flawless() && account.excused == 0 && account.undecided == 0 && clients.damaged == 0
           && clients.ready == sessions_asked;
  }
};

/// Everybody connects and gets a message on each channel; everybody's connection is cut; half of `--missed` messages to each user and
/// half to all are accepted; then everybody comes back at once with their cursors.
/// Thread: one.   Bound: `--timeout`.
/// stdout: `comeback: away`, `back` and `whole` at these moments, for a script that measures something else meanwhile.
class comeback_run {
public:
  explicit comeback_run(const options& given);

  comeback_results carry_out();

private:
  bool connect_all();
  void publish_to_all(std::uint32_t to_each_user, std::uint32_t to_everybody);
  void come_back();
  void rest(nanos duration, const std::function<void()>& each = {});

  /// Turns until `reached()`. False: something is wrong, or the time is over.
  bool turn_until(const char* what, const std::function<bool()>& reached);
  void turn();
  void note_peak();
  void say(const char* what);
  bool whole() const { return clients_.all_ready() && publisher_.unanswered() == 0 && book_.missing_so_far() == 0; }

  const options& given_;
  population people_;
  message_codec codec_;
  account book_;
  poller events_;
  wanderers clients_;
  steady_publisher publisher_;
  process_meter meter_;
  comeback_results results_;
  nanos began_, next_sample_ = 0;
};

std::string as_table(const options& given, const comeback_results& found);
std::string as_json(const options& given, const comeback_results& found);

} // namespace herald::load
