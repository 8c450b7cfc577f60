#include "tests/contract/support/redis_server.hpp"

#include <hiredis/hiredis.h>

#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace herald::contract {
namespace {

constexpr std::chrono::seconds start_patience{10};
constexpr int not_installed = 127;

std::string to_text(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER: return std::to_string(reply.integer);
    case REDIS_REPLY_NIL: return "(nil)";
    case REDIS_REPLY_ARRAY: break;
    default: return {reply.str, static_cast<std::size_t>(reply.len)};
  }
  std::string out;
  for (std::size_t i = 0; i < reply.elements; ++i) out += (i > 0 ? "|" : "") + to_text(*reply.element[i]);
  return out;
}

}  // namespace

std::string free_port() {
  static std::set<std::string> given;
  for (;;) {
    auto probe = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(probe, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(probe);
    auto port = std::to_string(ntohs(address.sin_port));
    if (given.insert(port).second) return port;
  }
}

redis_server::redis_server(std::vector<std::string> more, std::string password)
  : port_(free_port()), more_(std::move(more)), password_(std::move(password)) {
  start();
}

redis_server::~redis_server() {
  if (pid_ != 0) kill();
}

std::string redis_server::bus_port() const {
  auto found = std::find(more_.begin(), more_.end(), "--cluster-port");
  return found == more_.end() ? std::string{} : *std::next(found);
}

void redis_server::launch() {
  const auto directory = directory_.path();  // a replica writes what it was sent to a file
  std::vector<std::string> words{"redis-server"};
  const auto has_file = !more_.empty() && !more_.front().starts_with("--");
  if (has_file) words.push_back(more_.front());
  for (const auto* word : {"--port", port_.c_str(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                           "--dir", directory.c_str(), "--loglevel", "warning"})
    words.emplace_back(word);
  words.insert(words.end(), more_.begin() + (has_file ? 1 : 0), more_.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves no server behind
  auto quiet = ::open("/dev/null", O_WRONLY);
  ::dup2(quiet, STDOUT_FILENO);
  ::execvp(arguments[0], arguments.data());
  ::_exit(not_installed);
}

void redis_server::start() {
  std::filesystem::remove(directory_.file("dump.rdb"));
  launch();
  auto end = std::chrono::steady_clock::now() + start_patience;
  while (!answers()) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      throw std::runtime_error{WIFEXITED(status) && WEXITSTATUS(status) == not_installed
                                 ? "redis-server can't be started: it has to be installed for these tests"
                                 : "redis-server ended at once: its port may be in use"};
    }
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error{"redis-server does not answer"};
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

bool redis_server::answers() {
  client_.reset(redisConnect("127.0.0.1", std::stoi(port_)));
  if (!client_ || client_->err != 0) return false;
  const auto says_yes = [this](auto... words) {
    auto* reply = static_cast<redisReply*>(redisCommand(client_.get(), words...));
    auto is_status = reply != nullptr && reply->type == REDIS_REPLY_STATUS;
    if (reply != nullptr) freeReplyObject(reply);
    return is_status;
  };
  return (password_.empty() || says_yes("AUTH %s", password_.c_str())) && says_yes("PING");
}

void redis_server::kill() {
  client_.reset();
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void redis_server::freeze() { ::kill(pid_, SIGSTOP); }
void redis_server::thaw() { ::kill(pid_, SIGCONT); }

std::string redis_server::command(const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  auto count = static_cast<int>(words.size());
  auto* raw = redisCommandArgv(client_.get(), count, texts.data(), sizes.data());
  // A server that was made the master has thrown out all of its clients.
  if (raw == nullptr && answers()) raw = redisCommandArgv(client_.get(), count, texts.data(), sizes.data());
  if (raw == nullptr) throw std::runtime_error{"redis-server is gone: " + words.front()};
  std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply{static_cast<redisReply*>(raw), freeReplyObject};
  auto text = to_text(*reply);
  if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error{text};
  return text;
}

void redis_server::closer::operator()(redisContext* it) const noexcept { redisFree(it); }

}  // namespace herald::contract
