#include "backplane/redis/sentinel_source.hpp"

#include "actors/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::backplane {
namespace {

constexpr std::string_view switch_channel = "+switch-master";

/// `ip` and `port`, as `SENTINEL get-master-addr-by-name` gives them; nothing for a master that it does not know.
std::optional<redis_options::address> address_of(const redisReply& reply) {
  auto parts = elements_of(reply);
  if (parts.size() != 2) return std::nullopt;
  return redis_options::address{std::string{text_of(*parts[0])}, std::string{text_of(*parts[1])}};
}

/// `config-epoch` among the names and values of `SENTINEL MASTER`; 0 where it may not be asked.
long long epoch_of(const redisReply& reply) {
  auto parts = elements_of(reply);
  long long result = 0;
  for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
    if (text_of(*parts[i]) != "config-epoch") continue;
    auto text = text_of(*parts[i + 1]);
    std::from_chars(text.data(), text.data() + text.size(), result);
  }
  return result;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    auto end = std::min(text.find(' '), text.size());
    result.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

}  // namespace

sentinel_source::sentinel_source(boost::asio::io_context& context, const redis_options& options)
  : context_(context),
    options_(options),
    ear_(context, options, wire::role::inquiry, *this, std::make_unique<address_list>(options.hosts)) {}

sentinel_source::~sentinel_source() = default;

// -- asking -------------------------------------------------------------------

/// A second question while one is under way shares its answer.
void sentinel_source::next(handler done) {
  if (options_.hosts.empty()) return done(std::nullopt);
  if (asked_) {
    asked_ = [first = std::move(asked_), done = std::move(done)](std::optional<redis_options::address> found) {
      first(found);
      done(found);
    };
    return;
  }
  asked_ = std::move(done);
  left_ = options_.hosts.size();
  older_.reset();
  ask_one();
}

void sentinel_source::ask_one() {
  --left_;
  const auto& whom = options_.hosts[turn_++ % options_.hosts.size()];
  question_ = std::make_unique<inquiry>(
    context_, options_, whom, [this](wire& to) { put_question(to); },
    [this, whom](const std::string& why) {
      log::limited(log::level::warn, "redis_sentinel_no_answer", {{"address", whom.host + ':' + whom.port}, {"why", why}});
      on_answer(std::nullopt);
    });
}

void sentinel_source::put_question(wire& to) {
  // The epoch first: then the address is at least as new as it says.
  auto epoch = std::make_shared<long long>(0);
  to.command({"SENTINEL", "MASTER", options_.master_name}, [epoch](wire::outcome, const redisReply* reply) {
    if (reply != nullptr) *epoch = epoch_of(*reply);
  });
  to.command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", options_.master_name},
             [this, &to, epoch](wire::outcome, const redisReply* reply) {
               if (reply == nullptr) return to.fail("no answer");
               if (is_error(*reply)) return to.fail(std::string{text_of(*reply)});
               auto found = address_of(*reply);
               if (!found) return to.fail("it knows no master " + options_.master_name);
               on_answer(answer{std::move(*found), *epoch});
             });
}

void sentinel_source::on_answer(std::optional<answer> found) {
  // The question is in the middle of telling: it ends once that is over.
  boost::asio::post(context_, [ended = std::shared_ptr<inquiry>{std::move(question_)}] {});
  if (found && found->epoch >= epoch_) return settle(std::move(found));
  if (found && (!older_ || older_->epoch < found->epoch)) older_ = std::move(found);
  if (left_ > 0) return ask_one();
  settle(std::move(older_));
}

void sentinel_source::settle(std::optional<answer> found) {
  if (found) epoch_ = found->epoch;
  std::exchange(asked_, {})(found ? std::optional{std::move(found->master)} : std::nullopt);
}

// -- listening ----------------------------------------------------------------

void sentinel_source::watch(moved_handler moved) {
  moved_ = std::move(moved);
  ear_.start();
}

void sentinel_source::on_up() {
  std::array<std::string_view, 2> words{"SUBSCRIBE", switch_channel};
  ear_.up()->tell(words);
}

void sentinel_source::on_push(const redisReply& what) {
  if (is_error(what)) return ear_.up()->fail(std::string{text_of(what)});
  auto parts = elements_of(what);
  if (parts.size() != 3) return;
  if (text_of(*parts[0]) == "subscribe") return on_listening();
  if (text_of(*parts[0]) == "message" && text_of(*parts[1]) == switch_channel) on_switch(text_of(*parts[2]));
}

/// What was decided before it listened: only asking tells.
void sentinel_source::on_listening() {
  next([this](std::optional<redis_options::address> found) {
    if (found) moved_(*found);
  });
}

/// `name old-ip old-port new-ip new-port`
void sentinel_source::on_switch(std::string_view text) {
  auto words = words_of(text);
  if (words.size() != 5 || words[0] != options_.master_name) return;
  redis_options::address now{std::string{words[3]}, std::string{words[4]}};
  log::info("redis_master_moved", {{"master", options_.master_name}, {"address", now.host + ':' + now.port}});
  // The one that has just said so knows best: another one may not have heard yet.
  auto teller = std::find(options_.hosts.begin(), options_.hosts.end(), ear_.address());
  if (teller != options_.hosts.end()) turn_ = static_cast<std::size_t>(teller - options_.hosts.begin());
  moved_(now);
}

}  // namespace herald::backplane
