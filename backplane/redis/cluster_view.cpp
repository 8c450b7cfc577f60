#include "backplane/redis/cluster_view.hpp"

#include "actors/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace herald::backplane {
namespace {

using namespace std::chrono_literals;

constexpr auto pause = 100ms;

/// One node of many is asked: another one is tried soon when it is silent.
constexpr std::chrono::milliseconds patience = 500ms;

redis_options impatient(redis_options options) {
  options.connect_timeout = std::min(options.connect_timeout, patience);
  options.command_timeout = std::min(options.command_timeout, patience);
  options.tick = std::min(options.tick, pause);
  return options;
}

}  // namespace

cluster_view::cluster_view(boost::asio::io_context& context, const redis_options& options, answer_handler on_answer)
  : context_(context), options_(impatient(options)), on_answer_(std::move(on_answer)), timer_(context) {}

cluster_view::~cluster_view() = default;

void cluster_view::refresh() {
  if (std::exchange(busy_, true)) {
    again_ = question_ != nullptr;  // what it answers may be of before
    return;
  }
  timer_.expires_at(asked_ + pause);
  timer_.async_wait([this, alive = std::weak_ptr{alive_}](boost::system::error_code error) {
    if (!error && !alive.expired()) begin();
  });
}

void cluster_view::begin() {
  asked_ = clock::now();
  nodes_ = options_.hosts;
  for (const auto& master : map_.masters())
    if (std::find(nodes_.begin(), nodes_.end(), master) == nodes_.end()) nodes_.push_back(master);
  left_ = nodes_.size();
  ask_one();
}

void cluster_view::ask_one() {
  if (left_ == 0) {
    over();
    return on_answer_(false);
  }
  --left_;
  const auto whom = nodes_[turn_++ % nodes_.size()];
  question_ = std::make_unique<inquiry>(
    context_, options_, whom,
    [this, whom](wire& to) {
      to.command({"CLUSTER", "SLOTS"}, [this, whom, &to](wire::outcome, const redisReply* reply) {
        if (reply == nullptr) return to.fail("no answer");
        if (is_error(*reply)) return to.fail(std::string{text_of(*reply)});
        auto found = slot_map::read(*reply, whom);
        if (!found) return to.fail("an answer that makes no sense");
        on_map(std::move(*found));
      });
    },
    [this, whom](const std::string& why) {
      log::limited(log::level::warn, "redis_cluster_no_answer", {{"address", whom.host + ':' + whom.port}, {"why", why}});
      on_silence();
    });
}

void cluster_view::on_map(slot_map found) {
  map_ = std::move(found);
  end_question();
  over();
  on_answer_(true);
}

void cluster_view::on_silence() {
  end_question();
  ask_one();
}

/// It is in the middle of telling: it ends once that is over.
void cluster_view::end_question() {
  boost::asio::post(context_, [ended = std::shared_ptr<inquiry>{std::move(question_)}] {});
}

void cluster_view::over() {
  busy_ = false;
  if (std::exchange(again_, false)) refresh();
}

}  // namespace herald::backplane
