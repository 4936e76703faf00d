/* The least that a safe rewrite of many files costs: stage beside the target, sync, rename.
 *
 *   floor syncfs|fsync THREADS LIST BLOB
 *
 * LIST has one line per file, "offset length path"; BLOB holds the new texts. Every text is staged
 * with the mode of its target, then all are brought to the disk (one syncfs, or an fsync for each),
 * then each is renamed over its target. Nothing is read, parsed or compared, and directories are not
 * synced: a crash leaves each file old or new, and that is all that is promised.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    long offset, length;
    char *path, *staged;
};

static struct file *files;
static long count;
static const char *blob;
static atomic_long next;

static void die(const char *what, const char *path) {
    fprintf(stderr, "%s %s: %s\n", what, path, strerror(errno));
    exit(2);
}

static void *stage(void *each) {
    for (long i; (i = atomic_fetch_add(&next, 1)) < count;) {
        struct file *f = &files[i];
        struct stat before;
        if (stat(f->path, &before)) die("stat", f->path);
        f->staged = malloc(strlen(f->path) + 8);
        sprintf(f->staged, "%s.staged", f->path);
        int fd = open(f->staged, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0) die("open", f->staged);
        for (long done = 0; done < f->length;) {
            ssize_t n = write(fd, blob + f->offset + done, f->length - done);
            if (n < 0) die("write", f->staged);
            done += n;
        }
        if (fchmod(fd, before.st_mode & 07777)) die("chmod", f->staged);
        if (each && fsync(fd)) die("fsync", f->staged);
        close(fd);
    }
    return NULL;
}

static void *replace(void *unused) {
    for (long i; (i = atomic_fetch_add(&next, 1)) < count;)
        if (rename(files[i].staged, files[i].path)) die("rename", files[i].path);
    return unused;
}

static void in_threads(int threads, void *(*work)(void *), void *argument) {
    pthread_t ids[256];
    atomic_store(&next, 0);
    for (int i = 1; i < threads; i++)
        if (pthread_create(&ids[i], NULL, work, argument)) die("thread", "");
    work(argument);
    for (int i = 1; i < threads; i++) pthread_join(ids[i], NULL);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    int each = strcmp(argv[1], "fsync") == 0, threads = atoi(argv[2]);
    if (threads < 1 || threads > 256) return 2;
    FILE *list = fopen(argv[3], "r");
    int fd = open(argv[4], O_RDONLY);
    struct stat size;
    if (!list || fd < 0 || fstat(fd, &size)) die("open", argv[3]);
    blob = mmap(NULL, size.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (blob == MAP_FAILED) die("map", argv[4]);
    char path[4096];
    long offset, length, room = 0;
    while (fscanf(list, "%ld %ld %4095[^\n]\n", &offset, &length, path) == 3) {
        if (count == room) files = realloc(files, (room = room * 2 + 64) * sizeof *files);
        files[count++] = (struct file){offset, length, strdup(path), NULL};
    }
    if (!count) return 2;
    in_threads(threads, stage, each ? &each : NULL);
    if (!each) {
        int any = open(files[0].staged, O_RDONLY);
        if (any < 0 || syncfs(any)) die("syncfs", files[0].staged);
        close(any);
    }
    in_threads(threads, replace, NULL);
    return 0;
}
