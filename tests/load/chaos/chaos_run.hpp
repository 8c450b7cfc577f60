#pragma once

#include "chaos/console.hpp"
#include "chaos/results.hpp"
#include "chaos/steady_traffic.hpp"

namespace herald::load {

/// Clients that come back and publishers that don't give up, while somebody else breaks things; then the account.
/// Thread: one.   Bound: `--connect-timeout`, `--duration` and `--settle`, one after the other.
///
/// stdout: `chaos: running` once everybody is connected and the first publish was accepted; later what came of stdin's lines.
/// stdin:  `mark NAME`: remember this moment;  `calm`: clients leave no more of their own accord;  `stop`: publish no more.
class chaos_run {
public:
  explicit chaos_run(const options& given);

  chaos_results carry_out();

private:
  bool connect_all();
  void disturb();
  void settle();
  void finish();

  void turn();
  void obey();
  void show_progress(nanos time);
  bool broken_off();
  void say(const std::string& what);

  const options& given_;
  population people_;
  message_codec codec_;
  account book_;
  poller events_;
  console console_;
  wanderers clients_;
  steady_publisher publisher_;
  steady_traffic traffic_;
  chaos_results results_;
  nanos began_, running_since_ = 0, next_progress_;
  std::uint64_t shown_deliveries_ = 0;
  bool stopped_ = false;
};

} // namespace herald::load
