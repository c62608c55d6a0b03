#include <cmath>

#include <fmt/format.h>
#include <sqlite3.h>

#include <faultline/experiment/write.hpp>
#include <faultline/sweep/database.hpp>

namespace faultline {
namespace {

constexpr int patience_ms = 10'000;  // with another process that is in the middle of something

/// Throws what a failed call amounts to.
[[noreturn]] void fail(sqlite3* database, const std::string& file) {
  const int code = sqlite3_errcode(database) & 0xFF;
  const std::string why = sqlite3_errmsg(database);
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    throw CannotWrite(
        fmt::format("{}: another process keeps it ({}; end that process, such as a query "
                    "that waits for its terminal, and go on with --resume)",
                    file, why));
  }
  switch (code) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      if (sqlite3_db_readonly(database, "main") == 1) {
        throw DatabaseError(fmt::format("{}: cannot be read: {}", file, why));
      }
      throw CannotWrite(fmt::format(
          "{}: cannot be written: {} (make room, or let it be written; all finished runs are kept: "
          "go on with --resume)",
          file, why));
    default:
      throw DatabaseError(fmt::format("{}: {}", file, why));
  }
}

}  // namespace

void Statement::Finalise::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int position, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), position, value);
  return *this;
}

Statement& Statement::bind(int position, double value) {
  sqlite3_bind_double(statement_.get(), position, value);
  return *this;
}

Statement& Statement::bind(int position, const std::string& value) {
  sqlite3_bind_text64(statement_.get(), position, value.data(), value.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_null(int position) {
  sqlite3_bind_null(statement_.get(), position);
  return *this;
}

Statement& Statement::bind(int position, const Json& value) {
  if (value.is_number()) return bind(position, value.get<double>());
  if (value.is_string()) return bind(position, value.get<std::string>());
  return bind_null(position);
}

bool Statement::step() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      fail(sqlite3_db_handle(statement_.get()), file_);
  }
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

int Statement::columns() const { return sqlite3_column_count(statement_.get()); }

std::string Statement::name(int column) const {
  return sqlite3_column_name(statement_.get(), column);
}

std::uint64_t Statement::whole(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (text == nullptr) return "";
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Json Statement::value(int column) const {
  switch (sqlite3_column_type(statement_.get(), column)) {
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement_.get(), column);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement_.get(), column);
    case SQLITE_NULL:
      return nullptr;
    default:
      return text(column);
  }
}

bool Statement::reads_only() const { return sqlite3_stmt_readonly(statement_.get()) != 0; }

void Database::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Database::Database(const std::string& path, Access access) : path_(path) {
  open(access);
  if (access != Access::read) return;
  // What a killed process has left half done must be undone before anybody can read.
  sqlite3_stmt* probe = nullptr;
  const int code =
      sqlite3_prepare_v2(database_.get(), "SELECT 1 FROM sqlite_master", -1, &probe, nullptr);
  const int extended = sqlite3_extended_errcode(database_.get());
  sqlite3_finalize(probe);
  if (code == SQLITE_OK) return;
  if (extended != SQLITE_READONLY_ROLLBACK && extended != SQLITE_READONLY_RECOVERY &&
      extended != SQLITE_READONLY_CANTLOCK && (code & 0xFF) != SQLITE_CANTOPEN) {
    throw BadInput({Problem{path, 0, 0, "",
                            fmt::format("cannot be read: {} (name the folder of a sweep)",
                                        sqlite3_errmsg(database_.get()))}});
  }
  open(Access::write);
  execute("SELECT 1 FROM sqlite_master");
  open(Access::read);
}

void Database::open(Access access) {
  const int flags = access == Access::create  ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                    : access == Access::write ? SQLITE_OPEN_READWRITE
                                              : SQLITE_OPEN_READONLY;
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &opened, flags, nullptr);
  database_.reset(opened);
  if (code != SQLITE_OK) {
    const std::string why = sqlite3_errmsg(opened);
    if (access == Access::read) {
      throw BadInput({Problem{path_, 0, 0, "", fmt::format("cannot be opened: {}", why)}});
    }
    throw CannotWrite(fmt::format("{}: cannot be opened: {}", path_, why));
  }
  sqlite3_busy_timeout(opened, patience_ms);
  sqlite3_extended_result_codes(opened, 1);
}

Statement Database::prepare(std::string_view sql) const {
  sqlite3_stmt* prepared = nullptr;
  const char* rest = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &prepared,
                         &rest) != SQLITE_OK) {
    fail(database_.get(), path_);
  }
  Statement statement;
  statement.statement_.reset(prepared);
  statement.file_ = path_;
  const std::string_view tail(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest));
  if (prepared == nullptr || tail.find_first_not_of(" \n;") != std::string_view::npos) {
    throw DatabaseError("not one statement of SQL");
  }
  return statement;
}

void Database::execute(const std::string& sql) const {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(database_.get(), path_);
  }
}

DatabaseTransaction::DatabaseTransaction(const Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

DatabaseTransaction::~DatabaseTransaction() {
  if (done_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const std::runtime_error&) {
    // SQLite has rolled back by itself, as it does on a full disk.
  }
}

void DatabaseTransaction::commit() {
  database_.execute("COMMIT");
  done_ = true;
}

}  // namespace faultline
