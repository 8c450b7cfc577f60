#include "actors/message_id.hpp"

#include "actors/random.hpp"

namespace herald {

std::string make_message_id() {
  constexpr char digits[] = "0123456789abcdef";
  std::string id(32, '0');
  for (std::size_t half = 0; half < 2; ++half) {
    auto bits = random_bits();
    for (std::size_t i = 0; i < 16; ++i, bits >>= 4) id[half * 16 + i] = digits[bits & 15];
  }
  return id;
}

}  // namespace herald
