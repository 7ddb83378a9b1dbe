// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-p2p register: a BAR with struct pages, for programs that read and write files
 * with O_DIRECT.
 */
#include <err.h>
#include <fcntl.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "bar.h"
#include "cli.h"
#include "hand_over.h"
#include "hand_over_args.h"
#include "output.h"
#include "sysfs.h"

/* Where the command finds the number of the slice's fd, and the size in bytes */
#define FD_VARIABLE	"VFIO_P2P_SLICE_FD"
#define SIZE_VARIABLE	"VFIO_P2P_SLICE_SIZE"

struct arguments {
	struct hand_over_args to;
	struct vfio_p2p_range range;
	bool has_range;
	__u64 length;
};

/**
 * struct slice - what others get
 * @fd: for them to mmap
 * @offset: in the BAR
 * @length: in bytes
 * @registered: all that is registered, in bytes
 */
struct slice {
	int fd;
	uint64_t offset;
	uint64_t length;
	uint64_t registered;
};

static const struct argp_option options[] = {
	{ "range", 'r', "OFFSET:LENGTH", 0,
	  "Only this part of the BAR; on x86 both are multiples of 2M.  K, M and G may follow a number",
	  0 },
	{ "slice", 'l', "LENGTH", 0,
	  "A slice of that length; the default is all that is registered", 0 },
	{}
};

static void set_range(struct arguments *args, const char *text,
		      struct argp_state *state)
{
	if (args->has_range)
		argp_error(state, "more than one range");
	parse_range(text, &args->range, state);
	args->has_range = true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->to;
		return 0;
	case 'r':
		set_range(args, arg, state);
		return 0;
	case 'l':
		args->length = parse_length(arg, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = { { .argp = &hand_over_argp }, {} };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = HAND_OVER_ARGS_DOC,
	.doc = "Give a BAR of a device that is bound to vfio-pci struct pages, and hand a\n"
	       "slice of it over: memory that a program can mmap and read files into, or\n"
	       "write them out of, with O_DIRECT.\n"
	       "\vThe slice is memory of the device for as long as that is open, which is until\n"
	       "the command ends or, without one, until interrupted; then a touch raises\n"
	       "SIGBUS.  The command finds the number of the fd in " FD_VARIABLE ", and\n"
	       "the size of the slice, in bytes, in " SIZE_VARIABLE ".  A client of the\n"
	       "socket gets a line of JSON with the fd.\n"
	       "\n"
	       "The exit status is that of the command, 126 or 127 if it can't be run, 2 for\n"
	       "trouble before.",
	.children = children,
};

/* The registration ends with the process, if not before. */
static void make_slice(const struct arguments *args, int device,
		       struct slice *slice)
{
	struct vfio_p2p_pool_state pool;
	struct vfio_p2p_error error;

	if (vfio_p2p_register(device, args->to.bar, args->range.offset,
			      args->range.length, &error) ||
	    vfio_p2p_pool(device, args->to.bar, &pool, &error))
		errx(CLI_TROUBLE, "%s", error.text);

	slice->registered = pool.size;
	slice->length = args->length ?: pool.size;
	slice->fd = vfio_p2p_alloc(device, args->to.bar, slice->length,
				   args->to.open_flags, &slice->offset,
				   &error);
	if (slice->fd < 0)
		errx(CLI_TROUBLE, "%s", error.text);
}

static struct json_object *json_slice(const struct function *function,
				      const struct arguments *args,
				      const struct slice *slice)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "bdf", function->text);
	json_add_int(object, "bar", args->to.bar);
	json_add_int(object, "registered", slice->registered);
	json_add_int(object, "offset", slice->offset);
	json_add_int(object, "size", slice->length);
	json_add_bool(object, "writable", args->to.open_flags == O_RDWR);
	json_add_int(object, "pid", getpid());
	json_add_int(object, "fd", slice->fd);
	return object;
}

static char *text_slice(const struct function *function,
			const struct arguments *args, const struct slice *slice)
{
	char registered[16], length[16];

	bar_size_text(slice->registered, registered, sizeof(registered));
	bar_size_text(slice->length, length, sizeof(length));
	return text_of("BAR %u of %s: %s registered, slice of %s at %#llx",
		       args->to.bar, function->text, registered, length,
		       (unsigned long long)slice->offset);
}

static int run(int argc, char **argv)
{
	struct arguments args = {};
	struct handed_over what;
	struct function *function;
	struct machine *machine;
	struct slice slice;
	int device, ret;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &args);
	machine = machine_read("");
	function = machine_named(machine, args.to.bdf);
	device = vfio_open(function, args.to.way);
	hand_over_begin();
	make_slice(&args, device, &slice);
	what = (struct handed_over) {
		.fd = slice.fd,
		.variable = FD_VARIABLE,
		.size_variable = SIZE_VARIABLE,
		.size = slice.length,
		.text = text_slice(function, &args, &slice),
		.json = json_slice(function, &args, &slice),
	};
	ret = hand_over(&args.to, &what);
	handed_over_free(&what);
	close(slice.fd);
	close(device);
	machine_free(machine);
	return ret;
}

const struct command register_command = {
	.name = "register",
	.summary = "a BAR as memory for O_DIRECT, for a command or a socket",
	.run = run,
};
