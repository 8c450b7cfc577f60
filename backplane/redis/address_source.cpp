#include "backplane/redis/address_source.hpp"

#include "backplane/redis/cluster_source.hpp"
#include "backplane/redis/sentinel_source.hpp"

namespace herald::backplane {

std::unique_ptr<address_source> make_address_source(boost::asio::io_context& context, const redis_options& options) {
  switch (options.kind) {
    case redis_options::shape::sentinel: return std::make_unique<sentinel_source>(context, options);
    case redis_options::shape::cluster: return std::make_unique<cluster_source>(context, options);
    case redis_options::shape::server: break;
  }
  return std::make_unique<address_list>(options.hosts);
}

}  // namespace herald::backplane
