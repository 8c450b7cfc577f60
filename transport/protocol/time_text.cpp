#include "transport/protocol/time_text.hpp"

#include <chrono>

namespace herald::transport {
namespace {

void append_digits(std::string& out, unsigned value, std::size_t digits) {
  const auto begin = out.size();
  out.append(digits, '0');
  for (auto i = begin + digits; i-- > begin; value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

void append_time(std::string& out, std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> when{milliseconds{unix_ms}};
  const auto day = floor<days>(when);
  const year_month_day date{day};
  const hh_mm_ss time{when - day};
  auto put = [&](auto value, std::size_t digits, char after) {
    append_digits(out, static_cast<unsigned>(value), digits);
    out += after;
  };
  put(static_cast<int>(date.year()), 4, '-');
  put(static_cast<unsigned>(date.month()), 2, '-');
  put(static_cast<unsigned>(date.day()), 2, 'T');
  put(time.hours().count(), 2, ':');
  put(time.minutes().count(), 2, ':');
  put(time.seconds().count(), 2, '.');
  put(time.subseconds().count(), 3, 'Z');
}

}  // namespace herald::transport
