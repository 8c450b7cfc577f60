#pragma once

#include "actors/pinned.hpp"
#include "backplane/bridge.hpp"
#include "backplane/ingress.hpp"
#include "backplane/redis/feed_healer.hpp"
#include "backplane/redis/log_reader.hpp"
#include "backplane/run_collector.hpp"
#include "tests/property/network.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace herald::property {

/// `redis_bridge` with a network of the test's in place of its connections: the same log reader, healer, feeds and runs, put
/// together in the same way.
class model_bridge final : public pinned<bridge_actor, actor_kind::bridge>,
                           private network::ears,
                           private backplane::feed_healer::listener {
public:
  /// Planted, for a test of the test.
  struct faults {
    bool takes_jumps = false;
    bool keeps_resets = false;
  };

  model_bridge(caf::actor_config& cfg, boost::asio::io_context& context, network& redis, const faults& planted);

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  void on_subscribe(const subscribe& what);
  void on_unsubscribe(const unsubscribe& what);
  caf::typed_response_promise<log_page> on_read_log(const read_log& what);

  void on_up() override {}
  void on_down() override;
  void on_subscribed(const std::string& name) override;
  void on_message(const std::string& name, std::string_view payload) override;

  void on_next(backplane::feed& to, notification what) override { runs_.add(to, std::move(what)); }
  void on_lost(backplane::feed& to, const cursor&) override {
    if (!planted_.keeps_resets) tell(to, true);
  }
  void on_loss_found(backplane::feed& to) override { tell(to, true); }
  void on_whole(backplane::feed& to, bool was_live) override {
    if (!was_live) tell(to, false);
  }
  void on_healing_step() override { runs_.flush(); }

  void on_commands_ready(bool ready);
  void tell_all();
  void tell(const backplane::feed& to, bool is_reset);

  network& redis_;
  faults planted_;
  backplane::redis_options options_;
  backplane::bridge_status status_;
  backplane::feed_table feeds_;
  backplane::ingress ingress_{32u << 20, status_};
  backplane::run_collector runs_{ingress_, home().traces()};
  std::unique_ptr<backplane::log_reader> logs_;
  std::unique_ptr<backplane::feed_healer> healer_;
};

}  // namespace herald::property
