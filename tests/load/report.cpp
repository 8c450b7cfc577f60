#include "report.hpp"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <cstdarg>
#include <cstdio>

namespace herald::load {

namespace {

[[gnu::format(printf, 2, 3)]] void line(std::string& to, const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  to.append(text).append("\n");
}

double ms(nanos duration) {
  return static_cast<double>(duration) / 1e6;
}

using count = unsigned long long;

void connect_lines(std::string& to, const results& r) {
  line(to, "sessions      %llu of %llu ready in %.2f s; %llu attempts failed, %llu closed later", count{r.sessions.ready + r.sessions.closed},
       count{r.sessions_asked}, to_seconds(r.connect_time), count{r.sessions.failed_attempts}, count{r.sessions.closed});
  if (!r.sessions.first_failure.empty())
    line(to, "              first failure: %s", r.sessions.first_failure.c_str());
  if (!r.sessions.first_close.empty())
    line(to, "              first close: %s", r.sessions.first_close.c_str());
  if (r.measured && r.pss_idle > 0) // else connecting was broken off
    line(to, "server        %.1f µs CPU a connect, %.0f bytes a connection (PSS %.1f MB, before %.1f MB)", r.cpu_us_per_connect(),
         r.bytes_per_connection(), static_cast<double>(r.pss_idle) / 1e6, static_cast<double>(r.pss_before) / 1e6);
}

void publish_lines(std::string& to, const results& r) {
  line(to, "published     %llu in %.2f s: %llu accepted, %llu refused, %llu unanswered", count{r.submitted}, to_seconds(r.publish_time),
       count{r.published.accepted}, count{r.published.refused}, count{r.unanswered});
  if (!r.published.first_refusal.empty())
    line(to, "              first refusal: %s", r.published.first_refusal.c_str());
  if (r.published.unheard > 0)
    line(to, "              %llu had no subscriber in Redis", count{r.published.unheard});
}

void delivery_lines(std::string& to, const results& r) {
  const auto& a = r.account;
  line(to, "delivered     %llu of %llu in %.2f s: %.0f a second", count{a.delivered}, count{a.due}, to_seconds(r.delivery_time), r.deliveries_per_second());
  line(to, "faults        %llu missing (%llu on closed sessions), %llu doubled, %llu out of order, %llu misrouted, %llu never published",
       count{a.missing}, count{a.missing_on_closed}, count{a.doubled}, count{a.out_of_order}, count{a.misrouted}, count{a.unknown});
  line(to, "other frames  %llu damaged, %llu foreign, %llu reset, %llu bye, %llu error, %llu welcomes not live", count{r.odd.damaged},
       count{r.odd.foreign}, count{r.odd.resets}, count{r.odd.byes}, count{r.odd.errors}, count{r.odd.not_live});
  if (!r.odd.first.empty())
    line(to, "              first: %s", r.odd.first.c_str());
  for (const auto& example : r.examples)
    line(to, "              %s", example.c_str());
  line(to, "latency       p50 %.3f  p90 %.3f  p99 %.3f  p99.9 %.3f  max %.3f ms, from the intended time", ms(r.latency.quantile(0.5)),
       ms(r.latency.quantile(0.9)), ms(r.latency.quantile(0.99)), ms(r.latency.quantile(0.999)), ms(r.latency.max()));
  if (r.measured)
    line(to, "server        %.3f µs CPU a delivery", r.cpu_us_per_delivery());
  if (r.delivery_time > 0)
    line(to, "this tool     %.0f %% of a CPU", 100.0 * static_cast<double>(r.own_cpu) / static_cast<double>(r.delivery_time));
}

// -- JSON --------------------------------------------------------------------------------------------------------------

using json_writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

void member(json_writer& to, const char* name, std::uint64_t value) {
  to.Key(name);
  to.Uint64(value);
}

void member(json_writer& to, const char* name, double value) {
  to.Key(name);
  to.Double(value);
}

void member(json_writer& to, const char* name, const std::string& value) {
  to.Key(name);
  to.String(value.c_str());
}

void open(json_writer& to, const char* name) {
  to.Key(name);
  to.StartObject();
}

void write_run(json_writer& to, const options& o) {
  open(to, "run");
  member(to, "mode", std::string{name_of(o.mode)});
  member(to, "sessions", o.sessions());
  member(to, "users", std::uint64_t{o.users});
  member(to, "groups", std::uint64_t{o.groups});
  member(to, "rate", o.rate);
  member(to, "payload_bytes", std::uint64_t{o.payload_bytes});
  to.EndObject();
}

void write_sessions(json_writer& to, const results& r) {
  open(to, "connect");
  member(to, "ready", r.sessions.ready + r.sessions.closed);
  member(to, "failed_attempts", r.sessions.failed_attempts);
  member(to, "closed_later", r.sessions.closed);
  member(to, "seconds", to_seconds(r.connect_time));
  if (r.measured) {
    member(to, "cpu_us_per_connect", r.cpu_us_per_connect());
    member(to, "pss_before_bytes", r.pss_before);
    member(to, "pss_idle_bytes", r.pss_idle);
    member(to, "bytes_per_connection", r.bytes_per_connection());
  }
  to.EndObject();
}

void write_publishing(json_writer& to, const results& r) {
  open(to, "publish");
  member(to, "submitted", r.submitted);
  member(to, "accepted", r.published.accepted);
  member(to, "refused", r.published.refused);
  member(to, "unanswered", r.unanswered);
  member(to, "unheard", r.published.unheard);
  member(to, "seconds", to_seconds(r.publish_time));
  to.EndObject();
}

void write_deliveries(json_writer& to, const results& r) {
  open(to, "deliveries");
  member(to, "due", r.account.due);
  member(to, "delivered", r.account.delivered);
  member(to, "missing", r.account.missing);
  member(to, "missing_on_closed", r.account.missing_on_closed);
  member(to, "doubled", r.account.doubled);
  member(to, "out_of_order", r.account.out_of_order);
  member(to, "misrouted", r.account.misrouted);
  member(to, "never_published", r.account.unknown);
  member(to, "damaged", r.odd.damaged);
  member(to, "foreign", r.odd.foreign);
  member(to, "resets", r.odd.resets);
  member(to, "byes", r.odd.byes);
  member(to, "errors", r.odd.errors);
  member(to, "seconds", to_seconds(r.delivery_time));
  member(to, "per_second", r.deliveries_per_second());
  if (r.measured)
    member(to, "cpu_us_per_delivery", r.cpu_us_per_delivery());
  member(to, "tool_cpu_seconds", to_seconds(r.own_cpu));
  to.EndObject();
  open(to, "latency_ms");
  member(to, "mean", r.latency.mean() / 1e6);
  member(to, "p50", ms(r.latency.quantile(0.5)));
  member(to, "p90", ms(r.latency.quantile(0.9)));
  member(to, "p99", ms(r.latency.quantile(0.99)));
  member(to, "p99_9", ms(r.latency.quantile(0.999)));
  member(to, "max", ms(r.latency.max()));
  to.EndObject();
}

} // namespace

std::string as_table(const options& given, const results& found) {
  std::string text;
  connect_lines(text, found);
  if (given.mode != traffic_mode::idle && found.submitted > 0) {
    publish_lines(text, found);
    delivery_lines(text, found);
  }
  if (!found.aborted.empty())
    line(text, "ABORTED       %s", found.aborted.c_str());
  line(text, "%s", found.flawless() ? "OK: every session got exactly what was due to it" : "NOT OK");
  return text;
}

std::string as_json(const options& given, const results& found) {
  rapidjson::StringBuffer buffer;
  json_writer to{buffer};
  to.StartObject();
  write_run(to, given);
  write_sessions(to, found);
  write_publishing(to, found);
  write_deliveries(to, found);
  to.Key("examples");
  to.StartArray();
  for (const auto& example : found.examples)
    to.String(example.c_str());
  to.EndArray();
  member(to, "aborted", found.aborted);
  to.Key("ok");
  to.Bool(found.flawless());
  to.EndObject();
  return std::string{buffer.GetString(), buffer.GetSize()} + "\n";
}

} // namespace herald::load
