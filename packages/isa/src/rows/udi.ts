// SPECIAL2 encodings left to a core's maker (CorExtend). No core here has any.
import { rows } from '../row.ts';

export const udi = /* @__PURE__ */ rows('udi', [
  [910, 'udi0', 0x7000_0010, 'rs rt rd sa', 'rd = rs rt'],
  [911, 'udi1', 0x7000_0011, 'rs rt rd sa', 'rd = rs rt'],
  [912, 'udi2', 0x7000_0012, 'rs rt rd sa', 'rd = rs rt'],
  [913, 'udi3', 0x7000_0013, 'rs rt rd sa', 'rd = rs rt'],
  [914, 'udi4', 0x7000_0014, 'rs rt rd sa', 'rd = rs rt'],
  [915, 'udi5', 0x7000_0015, 'rs rt rd sa', 'rd = rs rt'],
  [916, 'udi6', 0x7000_0016, 'rs rt rd sa', 'rd = rs rt'],
  [917, 'udi7', 0x7000_0017, 'rs rt rd sa', 'rd = rs rt'],
  [918, 'udi8', 0x7000_0018, 'rs rt rd sa', 'rd = rs rt'],
  [919, 'udi9', 0x7000_0019, 'rs rt rd sa', 'rd = rs rt'],
  [920, 'udi10', 0x7000_001a, 'rs rt rd sa', 'rd = rs rt'],
  [921, 'udi11', 0x7000_001b, 'rs rt rd sa', 'rd = rs rt'],
  [922, 'udi12', 0x7000_001c, 'rs rt rd sa', 'rd = rs rt'],
  [923, 'udi13', 0x7000_001d, 'rs rt rd sa', 'rd = rs rt'],
  [924, 'udi14', 0x7000_001e, 'rs rt rd sa', 'rd = rs rt'],
  [925, 'udi15', 0x7000_001f, 'rs rt rd sa', 'rd = rs rt'],
]);
