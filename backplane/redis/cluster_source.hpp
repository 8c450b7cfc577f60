#pragma once

#include "backplane/redis/address_source.hpp"
#include "backplane/redis/cluster_view.hpp"

#include <cstddef>

namespace herald::backplane {

/// Names a Cluster's masters in turn: what is published by classic pub/sub reaches all of them, so any will do to listen.
/// Thread: its home's.
class cluster_source final : public address_source {
public:
  cluster_source(boost::asio::io_context& context, const redis_options& options);

  void next(handler done) override;

private:
  void on_answer(bool answered);

  handler asked_;
  std::size_t turn_;
  cluster_view view_;
};

}  // namespace herald::backplane
