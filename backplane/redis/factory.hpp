#pragma once

#include "backplane/redis/commands.hpp"
#include "backplane/redis/listening.hpp"
#include "backplane/redis/options.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>

/// What a bridge is made of, by the shape of the Redis that it is for. `options` must outlive both.
/// Sharded pub/sub is for a Cluster only.
namespace herald::backplane {

std::unique_ptr<commands> make_commands(boost::asio::io_context& context, const redis_options& options,
                                        commands::ready_handler on_ready);

std::unique_ptr<listening> make_listening(boost::asio::io_context& context, const redis_options& options,
                                          listening::listener& told);

}  // namespace herald::backplane
