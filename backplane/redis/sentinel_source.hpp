#pragma once

#include "backplane/redis/address_source.hpp"
#include "backplane/redis/connection.hpp"
#include "backplane/redis/inquiry.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace herald::backplane {

/// Asks the Sentinels who is master: one after the other until one knows, each time beginning with the next one, so that none
/// that is behind is believed for ever. One of them is listened to, so that a failover is heard of as soon as it is decided.
///
///     next ──▶ Sentinel i: SENTINEL get-master-addr-by-name ──▶ its answer, or Sentinel i+1 … ──▶ nobody knows
///     watch ──▶ one Sentinel: SUBSCRIBE +switch-master ──▶ moved;  once it listens it asks too, for what it did not hear
///
/// An answer that is older (by its config-epoch) than one heard before is taken only if no Sentinel has a newer one: a Sentinel
/// that was away would name the master of old. Whether the answer is a master is for the connection to find out (ROLE).
/// Thread: its home's.   Bound: two connections to Sentinels.
class sentinel_source final : public address_source, private connection::user {
public:
  /// The Sentinels are the options' hosts. `options` must outlive it.
  sentinel_source(boost::asio::io_context& context, const redis_options& options);
  ~sentinel_source() override;

  void watch(moved_handler moved) override;
  void next(handler done) override;
  void describe(std::vector<backplane_connection>& to) const override { ear_.describe(to); }

private:
  struct answer {
    redis_options::address master;
    long long epoch = 0;
  };

  void ask_one();
  void put_question(wire& to);
  void on_answer(std::optional<answer> found);
  void settle(std::optional<answer> found);

  void on_up() override;
  void on_push(const redisReply& what) override;
  void on_read() override {}
  void on_down() override {}
  void on_listening();
  void on_switch(std::string_view text);

  boost::asio::io_context& context_;
  const redis_options& options_;
  std::size_t turn_ = 0;
  long long epoch_ = 0;  ///< The newest that was believed.
  handler asked_;        ///< Empty unless a question is under way.
  std::size_t left_ = 0; ///< So many Sentinels are still to be asked.
  std::optional<answer> older_;
  std::unique_ptr<inquiry> question_;
  moved_handler moved_;
  connection ear_;
};

}  // namespace herald::backplane
