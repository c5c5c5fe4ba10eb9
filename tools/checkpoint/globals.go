package checkpoint

import (
	"slices"
	"strings"

	"homeroom/tools/checkpoint/pickle"
)

// callable are the functions and classes that a checkpoint's pickle may call. None is called: each
// becomes a record that is read here, or passed over.
var callable = map[string][]string{
	"torch._utils": {
		"_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter", "_rebuild_parameter_with_state",
		"_rebuild_qtensor", "_rebuild_sparse_tensor", "_rebuild_nested_tensor", "_rebuild_wrapper_subclass",
		"_rebuild_meta_tensor_no_storage", "_rebuild_device_tensor_from_numpy", "_rebuild_device_tensor_from_cpu_tensor",
	},
	"torch._tensor":       {"_rebuild_from_type", "_rebuild_from_type_v2"},
	"torch.serialization": {"_get_layout"},
	"torch.storage":       {"_load_from_bytes"},
	"torch.nn.parameter":  {"Parameter", "Buffer", "UninitializedParameter", "UninitializedBuffer"},
	"torch":               {"Size", "device", "Tensor"},
	"torch.jit._pickle": {
		"build_intlist", "build_tensorlist", "build_doublelist", "build_boollist", "restore_type_tag",
	},

	"collections":    {"OrderedDict", "defaultdict", "Counter", "deque"},
	"builtins":       {"set", "frozenset", "bytearray", "bytes", "complex", "slice", "range", "list", "dict", "tuple", "object", "int", "float", "bool", "str"},
	"__builtin__":    {"set", "frozenset", "bytearray", "bytes", "complex", "slice", "xrange", "list", "dict", "tuple", "object", "int", "long", "float", "bool", "str", "unicode"},
	"copyreg":        {"_reconstructor", "__newobj__"},
	"copy_reg":       {"_reconstructor", "__newobj__"},
	"_codecs":        {"encode"},
	"functools":      {"partial"},
	"argparse":       {"Namespace"},
	"datetime":       {"datetime", "date", "time", "timedelta", "timezone"},
	"pathlib":        pathClasses,
	"pathlib._local": pathClasses,

	"numpy":                  {"ndarray", "dtype"},
	"numpy.core.multiarray":  {"_reconstruct", "scalar"},
	"numpy._core.multiarray": {"_reconstruct", "scalar"},
	"numpy.core.numeric":     {"_frombuffer"},
	"numpy._core.numeric":    {"_frombuffer"},
}

var pathClasses = []string{"PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath"}

// unwelcome are modules whose names have no place in a checkpoint, not even uncalled: only a pickle
// made to do harm has them. The builtins not in callable, such as eval, are as unwelcome.
var unwelcome = []string{
	"os", "posix", "nt", "sys", "subprocess", "pty", "commands", "popen2", "shutil", "socket", "ssl", "http", "urllib", "urllib2", "requests",
	"ctypes", "importlib", "runpy", "imp", "code", "codeop", "pdb", "bdb", "timeit", "cProfile", "profile", "trace", "webbrowser",
	"multiprocessing", "threading", "asyncio", "signal", "pickle", "_pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib",
	"operator", "_operator", "types", "inspect", "gc", "builtins", "__builtin__", "site", "distutils", "setuptools", "pip", "ensurepip", "venv", "tempfile", "glob", "io", "_io",
}

// allow decides what a checkpoint's pickle may do with a name: call the few above, and the classes
// of the two libraries of networks, whose modules keep enumerations; hold any other that isn't
// unwelcome, such as the class of somebody's own module, without calling it.
func allow(g pickle.Global) pickle.Use {
	if slices.Contains(callable[g.Module], g.Name) {
		return pickle.Call
	}
	path := strings.Split(g.Module, ".")
	if slices.Contains(unwelcome, path[0]) {
		return pickle.Refuse
	}
	if path[0] == "timm" || path[0] == "torchvision" {
		reaches := slices.ContainsFunc(path, func(part string) bool { return slices.Contains(unwelcome, part) })
		if isClass := g.Name != "" && g.Name[0] >= 'A' && g.Name[0] <= 'Z' && !strings.Contains(g.Name, "."); isClass && !reaches {
			return pickle.Call
		}
	}
	return pickle.Name
}
