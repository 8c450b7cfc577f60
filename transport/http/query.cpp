#include "transport/http/query.hpp"

#include <boost/url/parse_query.hpp>

namespace herald::transport {

std::variant<query_fields, failure> read_query(std::string_view query) {
  const std::string text{query};  // Boost.URL 1.81 reads beyond a view's size
  auto parsed = boost::urls::parse_query({text.data(), text.size()});
  if (!parsed) return failure{errc::bad_field, "the query is not URL-encoded", {}};
  query_fields fields;
  for (const auto& one : boost::urls::params_view{*parsed})
    fields.emplace_back(std::string{one.key}, std::string{one.value});
  return fields;
}

}  // namespace herald::transport
