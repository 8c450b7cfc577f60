#include "backplane/redis/factory.hpp"

#include "backplane/redis/cluster_commands.hpp"
#include "backplane/redis/server_commands.hpp"
#include "backplane/redis/sharded_subscriber.hpp"
#include "backplane/redis/subscriber.hpp"

#include <utility>

namespace herald::backplane {

std::unique_ptr<commands> make_commands(boost::asio::io_context& context, const redis_options& options,
                                        commands::ready_handler on_ready) {
  if (options.kind == redis_options::shape::cluster)
    return std::make_unique<cluster_commands>(context, options, std::move(on_ready));
  return std::make_unique<server_commands>(context, options, std::move(on_ready));
}

std::unique_ptr<listening> make_listening(boost::asio::io_context& context, const redis_options& options,
                                          listening::listener& told) {
  if (options.listen == redis_options::mode::sharded)
    return std::make_unique<sharded_subscriber>(context, options, told);
  return std::make_unique<subscriber>(context, options, told);
}

}  // namespace herald::backplane
