#include "chaos/report.hpp"

#include "chaos/json_report.hpp"

#include <cstdarg>
#include <cstdio>
#include <tuple>

namespace herald::load {

namespace {

[[gnu::format(printf, 2, 3)]] void line(std::string& to, const char* format, ...) {
  char text[640];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  to.append(text).append("\n");
}

using count = unsigned long long;

void tally(std::string& to, const char* what, const std::map<std::string, std::uint64_t>& counts) {
  for (const auto& [text, number] : counts)
    line(to, "              %s %llu × %s", what, count{number}, text.c_str());
}

// -- JSON --------------------------------------------------------------------------------------------------------------------

void write_run(json_report& to, const options& given, const chaos_results& r) {
  to.open("run");
  to.text("id", r.run_id);
  to.member("users", given.users);
  to.member("sessions", given.sessions());
  to.member("groups", given.groups);
  to.member("rate", static_cast<std::uint64_t>(given.rate));
  to.time("took_ms", r.took);
  to.time("settling_ms", r.settling);
  to.close();
}

void write_publishing(json_report& to, const chaos_results& r) {
  to.open("publish");
  to.member("accepted", r.account.accepted);
  to.member("undecided", r.account.undecided);
  to.member("tries", r.published.tries);
  to.member("refused", r.published.refused);
  to.member("timeouts", r.published.timeouts);
  to.member("broken", r.published.broken);
  to.member("unreachable", r.published.unreachable);
  to.member("repeated", r.published.repeated);
  to.member("held_back", r.held_back);
  to.time("longest_outage_ms", r.published.longest_outage);
  to.time("slowest_ms", r.published.slowest);
  to.tally("refusals", r.published.refusals);
  to.close();
}

void write_deliveries(json_report& to, const chaos_results& r) {
  to.open("deliveries");
  to.member("due", r.account.due);
  to.member("delivered", r.account.delivered);
  to.member("lost", r.account.lost);
  to.member("excused", r.account.excused);
  to.member("doubled", r.account.doubled);
  to.member("out_of_order", r.account.out_of_order);
  to.member("misrouted", r.account.misrouted);
  to.member("never_published", r.account.never_published);
  to.member("undecided_delivered", r.account.undecided_delivered);
  to.member("damaged", r.clients.damaged);
  to.member("foreign", r.clients.foreign);
  to.time("max_lateness_ms", r.max_lateness);
  to.close();
}

void write_clients(json_report& to, const chaos_results& r) {
  to.open("clients");
  to.member("ready", r.clients.ready);
  to.member("resets", r.account.resets);
  to.member("resets_in_vain", r.account.resets_in_vain);
  to.member("reconnects", r.clients.reconnects);
  to.member("left", r.clients.left);
  to.member("failed_attempts", r.clients.failed_attempts);
  to.member("recovered", r.clients.recovered);
  to.member("not_recovered", r.clients.not_recovered);
  to.member("resume_ignored", r.clients.resume_ignored);
  to.member("byes", r.clients.byes);
  to.member("errors", r.clients.errors);
  to.time("longest_without_connection_ms", r.clients.longest_without);
  to.time("longest_silence_ms", r.clients.longest_silence);
  to.tally("ends", r.clients.ends);
  to.text("first_damaged", r.clients.first_damaged);
  to.text("first_error", r.clients.first_error);
  to.texts("first_resets", r.clients.first_resets);
  to.close();
}

/// Each mark with what came until the next one.
void write_marks(json_report& to, const chaos_results& r) {
  to.list("marks", r.marks, [&](const chaos_mark& mark) {
    to.writer().StartObject();
    to.text("name", mark.name);
    to.time("at_ms", mark.at);
    to.time("whole_after_ms", mark.whole_after);
    to.time("lasted_ms", mark.felt.to - mark.felt.from);
    to.member("accepted", mark.sent.accepted);
    to.member("due", mark.sent.due);
    to.member("delivered", mark.sent.delivered);
    to.member("reconnects", mark.felt.reconnects);
    to.member("failed_attempts", mark.felt.failed_attempts);
    to.member("busiest_second", mark.felt.busiest_second);
    to.list("clients_by_reconnects", mark.felt.clients_by_reconnects, [&](std::uint64_t clients) { to.writer().Uint64(clients); });
    to.time("silence_p50_ms", mark.felt.silence_p50);
    to.time("silence_p99_ms", mark.felt.silence_p99);
    to.time("silence_max_ms", mark.felt.silence_max);
    to.close();
  });
}

/// A column for each figure, from the first mark on.
void write_moments(json_report& to, const chaos_results& r) {
  to.open("moments");
  to.time("length_ms", experience::moment_length);
  const auto column = [&](const char* name, std::uint32_t moment::*figure) {
    to.list(name, r.moments, [&](const moment& each) { to.writer().Uint(each.*figure); });
  };
  column("connected", &moment::connected);
  column("reconnects", &moment::reconnects);
  column("failed_attempts", &moment::failed_attempts);
  column("notifications", &moment::notifications);
  to.close();
}

void write_channels(json_report& to, const chaos_results& r) {
  to.open("channels");
  for (const auto& channel : r.channels) {
    if (channel.submitted == 0)
      continue;
    to.open(channel.name.c_str());
    to.member("submitted", channel.submitted);
    to.numbers("undecided", channel.undecided);
    to.numbers("excused", channel.excused);
    to.close();
  }
  to.close();
}

} // namespace

std::string as_table(const options&, const chaos_results& r) {
  std::string to;
  const auto& [a, c, p] = std::tie(r.account, r.clients, r.published);
  line(to, "published     %llu accepted in %.1f s, %llu undecided; %llu tries: %llu refused, %llu timed out, %llu broken, %llu unreachable; %llu held back",
       count{a.accepted}, to_seconds(r.took), count{a.undecided}, count{p.tries}, count{p.refused}, count{p.timeouts}, count{p.broken},
       count{p.unreachable}, count{r.held_back});
  tally(to, "refused", p.refusals);
  line(to, "delivered     %llu of %llu once", count{a.delivered}, count{a.due});
  line(to, "faults        %llu lost, %llu doubled, %llu out of order, %llu misrouted, %llu never published, %llu damaged", count{a.lost},
       count{a.doubled}, count{a.out_of_order}, count{a.misrouted}, count{a.never_published}, count{c.damaged});
  line(to, "said          %llu resets (%llu of them in vain) for %llu deliveries; never accepted but delivered: %llu", count{a.resets},
       count{a.resets_in_vain}, count{a.excused}, count{a.undecided_delivered});
  line(to, "clients       %llu of %llu connected at the end; %llu reconnects (%llu left of their own accord), %llu attempts failed, %llu bye, %llu error",
       count{c.ready}, count{r.sessions_asked}, count{c.reconnects}, count{c.left}, count{c.failed_attempts}, count{c.byes}, count{c.errors});
  line(to, "resumed       %llu channels recovered, %llu not, %llu not answered", count{c.recovered}, count{c.not_recovered}, count{c.resume_ignored});
  tally(to, "ended", c.ends);
  line(to, "outage        %.0f ms without an accepted publish, %.0f ms until one was; a client %.0f ms without connection, %.0f ms without a byte",
       ms(p.longest_outage), ms(p.slowest), ms(c.longest_without), ms(c.longest_silence));
  line(to, "lateness      at most %.0f ms from acceptance to the last client", ms(r.max_lateness));
  for (const auto& mark : r.marks)
    if (mark.whole_after < 0)
      line(to, "mark          %s at %.1f s: never whole again", mark.name.c_str(), to_seconds(mark.at));
    else
      line(to, "mark          %s at %.1f s: whole %.0f ms after", mark.name.c_str(), to_seconds(mark.at), ms(mark.whole_after));
  if (!c.first_damaged.empty())
    line(to, "              first damaged: %s", c.first_damaged.c_str());
  if (!c.first_error.empty())
    line(to, "              first error: %s", c.first_error.c_str());
  for (const auto& reset : c.first_resets)
    line(to, "              reset: %s", reset.c_str());
  for (const auto& example : r.examples)
    line(to, "              %s", example.c_str());
  if (!r.aborted.empty())
    line(to, "ABORTED       %s", r.aborted.c_str());
  line(to, "%s", r.flawless() ? "OK: nothing lost, nothing twice, all in order" : "NOT OK");
  return to;
}

std::string as_json(const options& given, const chaos_results& r) {
  json_report to;
  write_run(to, given, r);
  write_publishing(to, r);
  write_deliveries(to, r);
  write_clients(to, r);
  write_marks(to, r);
  write_moments(to, r);
  write_channels(to, r);
  to.texts("examples", r.examples);
  to.text("aborted", r.aborted);
  to.flag("ok", r.flawless());
  return to.finish();
}

} // namespace herald::load
