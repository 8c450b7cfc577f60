#include "chaos/comeback_run.hpp"
#include "chaos/json_report.hpp"

#include <cstdio>

namespace herald::load {

namespace {

template <class... Values>
void line(std::string& to, const char* format, Values... values) {
  char text[512];
  std::snprintf(text, sizeof text, format, values...);
  to.append(text).append("\n");
}

using count = unsigned long long;

double mb(std::uint64_t bytes) {
  return static_cast<double>(bytes) / 1e6;
}

} // namespace

std::string as_table(const options&, const comeback_results& r) {
  std::string to;
  const auto& a = r.account;
  line(to, "sessions      %llu, connected in %.2f s; %llu attempts failed", count{r.sessions_asked}, to_seconds(r.connect_time),
       count{r.clients.failed_attempts});
  line(to, "missed        %llu messages each, %llu deliveries in all", count{r.missed_each}, count{r.missed_each * r.sessions_asked});
  line(to, "back          all connected again after %.2f s, all whole after %.2f s", to_seconds(r.back_time), to_seconds(r.whole_time));
  line(to, "resumed       %llu channels recovered, %llu not, %llu not answered", count{r.clients.recovered}, count{r.clients.not_recovered},
       count{r.clients.resume_ignored});
  line(to, "faults        %llu lost, %llu doubled, %llu out of order, %llu misrouted, %llu damaged; %llu resets", count{a.lost}, count{a.doubled},
       count{a.out_of_order}, count{a.misrouted}, count{r.clients.damaged}, count{a.resets});
  if (r.measured)
    line(to, "server        PSS %.1f MB before, %.1f MB with all gone, %.1f MB at most, %.1f MB after; %.2f s CPU", mb(r.pss_before), mb(r.pss_away),
         mb(r.pss_peak), mb(r.pss_after), to_seconds(r.cpu));
  line(to, "this tool     %.2f s CPU", to_seconds(r.own_cpu));
  for (const auto& [why, number] : r.clients.ends)
    line(to, "              ended %llu × %s", count{number}, why.c_str());
  for (const auto& example : r.examples)
    line(to, "              %s", example.c_str());
  if (!r.aborted.empty())
    line(to, "ABORTED       %s", r.aborted.c_str());
  return to + (r.flawless() ? "OK: everybody got what they missed, once and in order\n" : "NOT OK\n");
}

std::string as_json(const options& given, const comeback_results& r) {
  json_report to;
  to.open("run");
  to.member("users", given.users);
  to.member("sessions", r.sessions_asked);
  to.member("missed_each", r.missed_each);
  to.close();
  to.time("connect_ms", r.connect_time);
  to.time("back_ms", r.back_time);
  to.time("whole_ms", r.whole_time);
  to.time("tool_cpu_ms", r.own_cpu);
  if (r.measured) {
    to.time("cpu_ms", r.cpu);
    to.member("pss_before_bytes", r.pss_before);
    to.member("pss_away_bytes", r.pss_away);
    to.member("pss_peak_bytes", r.pss_peak);
    to.member("pss_after_bytes", r.pss_after);
  }
  to.open("deliveries");
  to.member("due", r.account.due);
  to.member("delivered", r.account.delivered);
  to.member("lost", r.account.lost);
  to.member("doubled", r.account.doubled);
  to.member("out_of_order", r.account.out_of_order);
  to.member("misrouted", r.account.misrouted);
  to.member("resets", r.account.resets);
  to.member("damaged", r.clients.damaged);
  to.close();
  to.member("recovered", r.clients.recovered);
  to.member("not_recovered", r.clients.not_recovered);
  to.member("failed_attempts", r.clients.failed_attempts);
  to.tally("ends", r.clients.ends);
  to.texts("examples", r.examples);
  to.text("aborted", r.aborted);
  to.flag("ok", r.flawless());
  return to.finish();
}

} // namespace herald::load
