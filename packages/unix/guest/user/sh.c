/*
 * The shell.
 *
 *   list     = pipeline { (";" | "&") pipeline }
 *   pipeline = command { "|" command }
 *   command  = { word | "<" file | ">" file | ">>" file }  or  "(" list ")" { redirection }
 *
 * A word may hold '...' and "..."; # starts a comment. Built in: cd, exit. A line is cut
 * into tokens and run straight from them; there is no tree.
 */
#include "lib/unix.h"

#define LINE 512

struct token {
  char kind;  /* 'w' for a word, 'a' for ">>", else the operator itself; 0 at the end */
  char *text; /* of a word */
};

static struct token token[LINE + 1];
static char storage[2 * LINE]; /* the words' text */

static bool cut(const char *line) {
  struct token *t = token;
  char *text = storage;
  while (*line) {
    if (*line == ' ' || *line == '\t' || *line == '\r') {
      line++;
    } else if (*line == '#') {
      break;
    } else if (line[0] == '>' && line[1] == '>') {
      t++->kind = 'a';
      line += 2;
    } else if (*line == '<' || *line == '>' || *line == '|' || *line == ';' || *line == '&' || *line == '(' ||
               *line == ')') {
      t++->kind = *line++;
    } else {
      char quote = 0;
      t->kind = 'w';
      t++->text = text;
      for (; *line; line++) {
        if (quote ? *line == quote : *line == '\'' || *line == '"') {
          quote = quote ? 0 : *line;
          continue;
        }
        bool ends = *line == ' ' || *line == '\t' || *line == '\r' || *line == '<' || *line == '>' || *line == '|' ||
                    *line == ';' || *line == '&' || *line == '(' || *line == ')';
        if (!quote && ends) break;
        *text++ = *line;
      }
      *text++ = 0;
      if (quote) return false;
    }
  }
  t->kind = 0;
  return true;
}

static bool is_redirection(const struct token *t) { return t->kind == '<' || t->kind == '>' || t->kind == 'a'; }

/* --- is it well-formed? Each returns what follows, or NULL ----------------- */

static struct token *check_list(struct token *t);

static struct token *check_command(struct token *t) {
  bool group = t->kind == '(', any = group;
  if (group) {
    t = check_list(t + 1);
    if (!t || t->kind != ')') return NULL;
    t++;
  }
  for (;; any = true) {
    if (is_redirection(t)) {
      if (t[1].kind != 'w') return NULL;
      t += 2;
    } else if (t->kind == 'w' && !group) {
      t++;
    } else {
      return any ? t : NULL;
    }
  }
}

static struct token *check_pipeline(struct token *t) {
  while ((t = check_command(t)) && t->kind == '|') t++;
  return t;
}

static struct token *check_list(struct token *t) {
  while (t->kind && t->kind != ')') {
    t = check_pipeline(t);
    if (!t) return NULL;
    if (t->kind != ';' && t->kind != '&') return t;
    t++;
  }
  return t;
}

/* --- running ----------------------------------------------------------------- */

/* The token after the command or pipeline that starts at t. */
static struct token *skip_to(struct token *t, bool whole_pipeline) {
  for (u32 depth = 0; t->kind; t++) {
    if (t->kind == '(') depth++;
    if (t->kind == ')' && depth-- == 0) break;
    if (!depth && (t->kind == ';' || t->kind == '&' || (t->kind == '|' && !whole_pipeline))) break;
  }
  return t;
}

static int fork_or_fail(void) {
  int pid = fork();
  if (pid < 0) complain("sh: cannot fork\n");
  return pid;
}

static void redirect(int fd, const char *path, int mode) {
  close(fd);
  if (open(path, mode) != fd) fail("sh: cannot open %s\n", path);
}

static void run_list(struct token *from, const struct token *to);

static void run_command(struct token *from, struct token *to) __attribute__((noreturn));
static void run_command(struct token *from, struct token *to) {
  static const char *argument[MAX_ARGUMENTS + 1];
  u32 count = 0, depth = 0;
  struct token *group_end = NULL;
  for (struct token *t = from; t < to; t++) {
    if (t->kind == '(') {
      depth++;
    } else if (t->kind == ')') {
      depth--;
      group_end = t;
    } else if (depth) {
      continue;
    } else if (t->kind == 'w') {
      if (count == MAX_ARGUMENTS) fail("sh: too many words\n");
      argument[count++] = t->text;
    } else {
      t++;
      if (t[-1].kind == '<')
        redirect(0, t->text, OPEN_READ);
      else
        redirect(1, t->text, OPEN_WRITE | OPEN_CREATE | (t[-1].kind == 'a' ? OPEN_APPEND : OPEN_TRUNCATE));
    }
  }
  if (group_end) {
    run_list(from + 1, group_end);
  } else if (count) {
    char path[MAX_PATH];
    exec(argument[0], argument);
    if (argument[0][0] != '/') {
      format_text(path, sizeof path, "/%s", argument[0]);
      exec(path, argument);
    }
    fail("sh: %s: not found\n", argument[0]);
  }
  exit();
}

static void run_pipeline(struct token *from, struct token *to) {
  int input = -1;
  u32 started = 0;
  for (struct token *t = from; t < to; t++) {
    struct token *end = skip_to(t, false);
    bool last = end >= to;
    int ends[2];
    if (!last && pipe(ends) < 0) {
      complain("sh: no pipe\n");
      break;
    }
    int pid = fork_or_fail();
    if (pid == 0) {
      if (input >= 0) {
        close(0);
        dup(input);
        close(input);
      }
      if (!last) {
        close(1);
        dup(ends[1]);
        close(ends[0]);
        close(ends[1]);
      }
      run_command(t, end);
    }
    if (input >= 0) close(input);
    input = -1;
    if (!last) {
      close(ends[1]);
      input = ends[0];
    }
    if (pid < 0) break;
    started++;
    t = end;
  }
  if (input >= 0) close(input);
  while (started--) wait();
}

/* True when it was one. */
static bool built_in(struct token *from, struct token *to) {
  if (from == to || from->kind != 'w') return false;
  if (same(from->text, "cd")) {
    const char *path = to - from > 1 && from[1].kind == 'w' ? from[1].text : "/";
    if (chdir(path) < 0) complain("cd: no directory %s\n", path);
    return true;
  }
  if (same(from->text, "exit")) exit();
  return false;
}

/* In the background: the job's parent ends at once, so the job is init's and
 * neither waited for nor reached by Ctrl-C. */
static void run_behind(struct token *from, struct token *to) {
  int pid = fork_or_fail();
  if (pid == 0) {
    if (fork() == 0) run_pipeline(from, to);
    exit();
  }
  if (pid > 0) wait();
}

static void run_list(struct token *from, const struct token *to) {
  while (from < to) {
    struct token *end = skip_to(from, true);
    if (end->kind == '&')
      run_behind(from, end);
    else if (!built_in(from, end))
      run_pipeline(from, end);
    from = end + 1;
  }
}

int main(int count, char **path) {
  static char line[LINE];
  struct stat s;
  if (count > 1) redirect(0, path[1], OPEN_READ);
  bool prompt = fstat(0, &s) == 0 && s.type == TYPE_DEVICE;
  for (;;) {
    if (prompt) complain("$ ");
    if (read_line(0, line, sizeof line) < 0) return 0;
    struct token *end = cut(line) ? check_list(token) : NULL;
    if (!end || end->kind)
      complain("sh: syntax error\n");
    else
      run_list(token, end);
  }
}
