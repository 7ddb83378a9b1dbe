// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-p2p export: a BAR, or slices of it, as a dma-buf for others.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "cli.h"
#include "hand_over.h"
#include "output.h"
#include "sysfs.h"
#include "vfio_open.h"

/* More than anybody types */
#define MAX_RANGES	64

/* The most that the kernel lets a process have, by default (nr_open) */
#define MAX_FD		((1 << 20) - 1)

struct arguments {
	const char *bdf;
	unsigned int bar;
	bool has_bar;
	struct vfio_p2p_range ranges[MAX_RANGES];
	size_t nr_ranges;
	int open_flags;
	enum vfio_p2p_backend backend;
	enum vfio_way way;
	const char *socket;
	int fd;
	bool json;
	char **command;
};

static const struct argp_option options[] = {
	{ "range", 'r', "OFFSET:LENGTH", 0,
	  "Only this slice of the BAR; may be repeated, the slices then lie one behind the other in the dma-buf.  K, M and G may follow a number",
	  0 },
	{ "read-only", 'o', NULL, 0, "An fd that can't be mapped for writing",
	  0 },
	{ "socket", 's', "PATH", 0,
	  "Send the fd to each client of this unix socket, which is made", 0 },
	{ "fd", 'f', "NUMBER", 0, "Number of the fd in the command", 0 },
	{ "open", 'O', "WAY", 0,
	  "Open the device by its own \"node\" or by its \"group\"; the default is what is there",
	  0 },
	{ "backend", 'b', "NAME", 0,
	  "Only by the \"feature\" of the device's fd, or by the \"module\"", 0 },
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{}
};

/* A number with a suffix that TERMINATOR follows */
static bool parse_size(const char **text, char terminator, __u64 *value)
{
	static const char suffixes[] = "KMG";
	const char *suffix;
	unsigned int shift;
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*value = strtoull(*text, &end, 0);
	if (errno)
		return false;
	suffix = *end ? strchr(suffixes, *end) : NULL;
	if (suffix) {
		shift = 10 * (unsigned int)(suffix - suffixes + 1);
		if (*value << shift >> shift != *value)
			return false;
		*value <<= shift;
		end++;
	}
	if (*end != terminator)
		return false;
	*text = end + 1;
	return true;
}

static void add_range(struct arguments *args, const char *text,
		      struct argp_state *state)
{
	struct vfio_p2p_range *range = &args->ranges[args->nr_ranges];
	const char *pos = text;

	if (args->nr_ranges == MAX_RANGES)
		argp_error(state, "more than %d ranges", MAX_RANGES);
	if (!parse_size(&pos, ':', &range->offset) ||
	    !parse_size(&pos, '\0', &range->length))
		argp_error(state, "\"%s\" is no range; expected one as 64K:1M",
			   text);
	args->nr_ranges++;
}

static unsigned int parse_number(const char *what, unsigned int max,
				 const char *text, struct argp_state *state)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value > max)
		argp_error(state, "\"%s\" is no number of %s; expected 0 to %u",
			   text, what, max);
	return value;
}

static void parse_way(struct arguments *args, const char *text,
		      struct argp_state *state)
{
	if (!strcmp(text, "node"))
		args->way = VFIO_WAY_NODE;
	else if (!strcmp(text, "group"))
		args->way = VFIO_WAY_GROUP;
	else
		argp_error(state, "--open=%s: expected node or group", text);
}

static void parse_backend(struct arguments *args, const char *text,
			  struct argp_state *state)
{
	if (!strcmp(text, "feature"))
		args->backend = VFIO_P2P_BACKEND_FEATURE;
	else if (!strcmp(text, "module"))
		args->backend = VFIO_P2P_BACKEND_MODULE;
	else
		argp_error(state, "--backend=%s: expected feature or module",
			   text);
}

/* Device and BAR; what follows is the command, with its own options. */
static void take_argument(struct arguments *args, char *arg,
			  struct argp_state *state)
{
	if (!args->bdf) {
		args->bdf = arg;
	} else if (!args->has_bar) {
		args->bar = parse_number("a BAR", NR_BARS - 1, arg, state);
		args->has_bar = true;
	} else {
		args->command = state->argv + state->next - 1;
		state->next = state->argc;
	}
}

static void check_arguments(const struct arguments *args,
			    struct argp_state *state)
{
	if (!args->has_bar)
		argp_error(state, "expected a device and the number of a BAR");
	if (args->socket && args->command)
		argp_error(state, "either a command or --socket");
	if (args->fd >= 0 && !args->command)
		argp_error(state, "--fd is for a command");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case 'r':
		add_range(args, arg, state);
		return 0;
	case 'o':
		args->open_flags = O_RDONLY;
		return 0;
	case 's':
		args->socket = arg;
		return 0;
	case 'f':
		args->fd = (int)parse_number("an fd", MAX_FD, arg, state);
		return 0;
	case 'O':
		parse_way(args, arg, state);
		return 0;
	case 'b':
		parse_backend(args, arg, state);
		return 0;
	case 'j':
		args->json = true;
		return 0;
	case ARGP_KEY_ARG:
		take_argument(args, arg, state);
		return 0;
	case ARGP_KEY_END:
		check_arguments(args, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "DEVICE BAR [COMMAND [ARGUMENT...]]",
	.doc = "Export a BAR of a device that is bound to vfio-pci as a dma-buf.\n"
	       "\vThe dma-buf leads to the device for as long as that is open, which is\n"
	       "until the command ends or, without one, until interrupted.  The command\n"
	       "finds the number of the fd in " HAND_OVER_FD ".  A client of the\n"
	       "socket gets a line of JSON with the fd.  A debugger, or whoever else may,\n"
	       "can also take it by pidfd_getfd(2).\n"
	       "\n"
	       "The exit status is that of the command, 126 or 127 if it can't be run, 2 for\n"
	       "trouble before.",
};

static int make_dmabuf(const struct arguments *args, int device)
{
	struct vfio_p2p_error error;
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = args->bar,
	};
	struct vfio_p2p_range whole = {};
	int dmabuf;

	/* If that fails, so will the export, which then says why. */
	if (!args->nr_ranges &&
	    !ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		whole.length = info.size;
	dmabuf = vfio_p2p_export_slices(device, args->bar,
					args->nr_ranges ? args->ranges : &whole,
					args->nr_ranges ?: 1, args->open_flags,
					args->backend, &error);
	if (dmabuf < 0)
		errx(CLI_TROUBLE, "%s", error.text);
	return dmabuf;
}

static const char *maker_name(int dmabuf)
{
	switch (vfio_p2p_made_by(dmabuf, NULL)) {
	case VFIO_P2P_MAKER_KERNEL:
		return "kernel";
	case VFIO_P2P_MAKER_MODULE:
		return "module";
	default:
		return NULL;
	}
}

static struct json_object *json_dmabuf(const struct function *function,
				       const struct arguments *args, int dmabuf)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "bdf", function->text);
	json_add_int(object, "bar", args->bar);
	json_add_int(object, "size", lseek(dmabuf, 0, SEEK_END));
	json_add_bool(object, "writable", args->open_flags == O_RDWR);
	json_add_text(object, "maker", maker_name(dmabuf));
	json_add_int(object, "pid", getpid());
	json_add_int(object, "fd", dmabuf);
	return object;
}

/* A line for the clients of the socket */
static char *line_of(const struct function *function,
		     const struct arguments *args, int dmabuf)
{
	struct json_object *object = json_dmabuf(function, args, dmabuf);
	char *line;

	line = text_of("%s\n",
		       json_object_to_json_string_ext(object,
						      JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
	return line;
}

static void announce(const struct function *function,
		     const struct arguments *args, int dmabuf)
{
	if (args->json) {
		json_end(json_dmabuf(function, args, dmabuf));
	} else {
		printf("BAR %u of %s: dma-buf of %lld bytes, made by the %s\n",
		       args->bar, function->text,
		       (long long)lseek(dmabuf, 0, SEEK_END),
		       maker_name(dmabuf) ?: "unknown");
		if (args->socket)
			printf("serving it at %s until interrupted\n",
			       args->socket);
		else
			printf("holding it as fd %d of process %d until interrupted\n",
			       dmabuf, getpid());
	}
	fflush(stdout);
}

static void serve(const struct function *function,
		  const struct arguments *args, int dmabuf)
{
	int socket = hand_over_listen(args->socket);
	char *line = line_of(function, args, dmabuf);

	announce(function, args, dmabuf);
	hand_over_by_socket(dmabuf, socket, args->socket, line);
	free(line);
	close(socket);
}

static int hand_over(const struct function *function,
		     const struct arguments *args, int dmabuf)
{
	/* The output is the command's. */
	if (args->command)
		return hand_over_to_command(dmabuf, args->fd, args->command);

	if (args->socket) {
		serve(function, args, dmabuf);
	} else {
		announce(function, args, dmabuf);
		hand_over_hold();
	}
	return CLI_OK;
}

static int run(int argc, char **argv)
{
	struct arguments args = { .open_flags = O_RDWR, .fd = -1 };
	struct function *function;
	struct machine *machine;
	int device, dmabuf, ret;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &args);
	machine = machine_read("");
	function = machine_named(machine, args.bdf);
	device = vfio_open(function, args.way);
	hand_over_begin();
	dmabuf = make_dmabuf(&args, device);
	ret = hand_over(function, &args, dmabuf);
	close(dmabuf);
	close(device);
	machine_free(machine);
	return ret;
}

const struct command export_command = {
	.name = "export",
	.summary = "a BAR as a dma-buf, for a command or a socket",
	.run = run,
};
