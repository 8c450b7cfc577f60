#include "backplane/redis/cluster_source.hpp"

#include <random>
#include <utility>

namespace herald::backplane {

cluster_source::cluster_source(boost::asio::io_context& context, const redis_options& options)
  : turn_(std::random_device{}()),  // so that a fleet's nodes do not all listen to the same one
    view_(context, options, [this](bool answered) { on_answer(answered); }) {}

void cluster_source::next(handler done) {
  asked_ = std::move(done);
  view_.refresh();
}

void cluster_source::on_answer(bool answered) {
  auto done = std::exchange(asked_, {});
  if (!done) return;
  const auto masters = answered ? view_.map().masters() : std::vector<redis_options::address>{};
  if (masters.empty()) return done(std::nullopt);
  done(masters[turn_++ % masters.size()]);
}

}  // namespace herald::backplane
