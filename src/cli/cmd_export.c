// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-p2p export: a BAR, or slices of it, as a dma-buf for others.
 */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "cli.h"
#include "hand_over.h"
#include "hand_over_args.h"
#include "output.h"
#include "sysfs.h"

/* The command finds the number of the dma-buf's fd in this variable. */
#define FD_VARIABLE	"VFIO_P2P_DMABUF_FD"

/* More than anybody types */
#define MAX_RANGES	64

struct arguments {
	struct hand_over_args to;
	struct vfio_p2p_range ranges[MAX_RANGES];
	size_t nr_ranges;
	enum vfio_p2p_backend backend;
	uint32_t flags;
};

static const struct argp_option options[] = {
	{ "range", 'r', "OFFSET:LENGTH", 0,
	  "Only this slice of the BAR; may be repeated, the slices then lie one behind the other in the dma-buf.  K, M and G may follow a number",
	  0 },
	{ "backend", 'b', "NAME", 0,
	  "Only by the \"feature\" of the device's fd, or by the \"module\"", 0 },
	{ "pages", 'p', NULL, 0,
	  "Register the BAR before: files can be read into an mmap of the dma-buf with O_DIRECT",
	  0 },
	{ "write-combined", 'w', NULL, 0,
	  "An mmap of the dma-buf combines writes; for prefetchable BARs", 0 },
	{}
};

static void add_range(struct arguments *args, const char *text,
		      struct argp_state *state)
{
	if (args->nr_ranges == MAX_RANGES)
		argp_error(state, "more than %d ranges", MAX_RANGES);
	parse_range(text, &args->ranges[args->nr_ranges], state);
	args->nr_ranges++;
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

static void check_flags(const struct arguments *args, struct argp_state *state)
{
	if (!args->flags)
		return;
	if (args->flags == (VFIO_P2P_EXPORT_PAGES | VFIO_P2P_EXPORT_WC))
		argp_error(state, "either --pages or --write-combined");
	if (args->backend == VFIO_P2P_BACKEND_FEATURE)
		argp_error(state,
			   "the feature has neither --pages nor --write-combined");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->to;
		return 0;
	case 'r':
		add_range(args, arg, state);
		return 0;
	case 'b':
		parse_backend(args, arg, state);
		return 0;
	case 'p':
		args->flags |= VFIO_P2P_EXPORT_PAGES;
		return 0;
	case 'w':
		args->flags |= VFIO_P2P_EXPORT_WC;
		return 0;
	case ARGP_KEY_END:
		check_flags(args, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = { { .argp = &hand_over_argp }, {} };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = HAND_OVER_ARGS_DOC,
	.doc = "Export a BAR of a device that is bound to vfio-pci as a dma-buf.\n"
	       "\vThe dma-buf leads to the device for as long as that is open, which is\n"
	       "until the command ends or, without one, until interrupted.  The command\n"
	       "finds the number of the fd in " FD_VARIABLE ".  A client of the\n"
	       "socket gets a line of JSON with the fd.  A debugger, or whoever else may,\n"
	       "can also take it by pidfd_getfd(2).\n"
	       "\n"
	       "The exit status is that of the command, 126 or 127 if it can't be run, 2 for\n"
	       "trouble before.",
	.children = children,
};

static int export_ranges(const struct arguments *args, int device,
			 const struct vfio_p2p_range *ranges, size_t nr_ranges,
			 struct vfio_p2p_error *error)
{
	int ret = 0;

	if (!args->flags)
		return vfio_p2p_export_slices(device, args->to.bar, ranges,
					      nr_ranges, args->to.open_flags,
					      args->backend, error);
	if (args->flags & VFIO_P2P_EXPORT_PAGES)
		ret = vfio_p2p_register(device, args->to.bar, 0, 0, error);
	return ret ? ret :
		     vfio_p2p_export_with_flags(device, args->to.bar, ranges,
						nr_ranges, args->to.open_flags,
						args->flags, error);
}

static int make_dmabuf(const struct arguments *args, int device)
{
	struct vfio_p2p_error error;
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = args->to.bar,
	};
	struct vfio_p2p_range whole = {};
	int dmabuf;

	/* If that fails, so will the export, which then says why. */
	if (!args->nr_ranges &&
	    !ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		whole.length = info.size;
	dmabuf = export_ranges(args, device,
			       args->nr_ranges ? args->ranges : &whole,
			       args->nr_ranges ?: 1, &error);
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
	json_add_int(object, "bar", args->to.bar);
	json_add_int(object, "size", lseek(dmabuf, 0, SEEK_END));
	json_add_bool(object, "writable", args->to.open_flags == O_RDWR);
	json_add_text(object, "maker", maker_name(dmabuf));
	json_add_int(object, "pid", getpid());
	json_add_int(object, "fd", dmabuf);
	return object;
}

static int hand_over_dmabuf(const struct function *function,
			    const struct arguments *args, int dmabuf)
{
	struct handed_over what = {
		.fd = dmabuf,
		.variable = FD_VARIABLE,
		.json = json_dmabuf(function, args, dmabuf),
	};
	int ret;

	what.text = text_of("BAR %u of %s: dma-buf of %lld bytes, made by the %s",
			    args->to.bar, function->text,
			    (long long)lseek(dmabuf, 0, SEEK_END),
			    maker_name(dmabuf) ?: "unknown");
	ret = hand_over(&args->to, &what);
	handed_over_free(&what);
	return ret;
}

static int run(int argc, char **argv)
{
	struct arguments args = {};
	struct function *function;
	struct machine *machine;
	int device, dmabuf, ret;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &args);
	machine = machine_read("");
	function = machine_named(machine, args.to.bdf);
	device = vfio_open(function, args.to.way);
	hand_over_begin();
	dmabuf = make_dmabuf(&args, device);
	ret = hand_over_dmabuf(function, &args, dmabuf);
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
